"""Workflows one by one: read whole, written as a new version."""

from __future__ import annotations

from typing import Any

from ..transport import Transport

SAVE_SECONDS = 60.0


class VersionCalls(Transport):
    """One workflow and its versions, as plain JSON: an editor must not lose what it does not know."""

    def get_workflow(self, wpid: str, version: int | None = None) -> dict[str, Any]:
        """`GET /api/v1/workflows/{wpid}?version=` (all releases): the newest version when none is named (api 3.1)."""
        asked = f"?version={version}" if version is not None else ""
        return self._object("GET", f"/api/v1/workflows/{wpid}{asked}")

    def list_versions(self, wpid: str) -> list[dict[str, Any]]:
        """`GET /api/v1/workflows/{wpid}/versions` (0.2.15): all of them, the newest first (api 3.1)."""
        return self._rows(f"/api/v1/workflows/{wpid}/versions")

    def create_workflow(self, document: dict[str, Any], folder_id: str | None = None) -> dict[str, Any]:
        """`POST /api/v1/workflows`, JSON being YAML too (api 3.1): labels and keys that are no names, or clash, are put
        right silently, as they are not when it is updated. Sent once."""
        asked = f"?folder_id={folder_id}" if folder_id else ""
        return self._object("POST", f"/api/v1/workflows{asked}", document, SAVE_SECONDS)

    def update_workflow(self, wpid: str, document: dict[str, Any], expected_version: int | None) -> dict[str, Any]:
        """`PUT /api/v1/workflows/{wpid}?expected_version=` (after 1.0.50 it is asked for; 409 when another version is
        the newest): a new version (api 3.1). Sent once."""
        asked = f"?expected_version={expected_version}" if expected_version is not None else ""
        return self._object("PUT", f"/api/v1/workflows/{wpid}{asked}", document, SAVE_SECONDS)

    def delete_workflow(self, wpid: str) -> None:
        """`POST /v1/workflows/{wpid}/delete` (all releases): it is hidden, its runs stay (api 3.1). Sent once."""
        self._call("POST", f"/v1/workflows/{wpid}/delete")
