"""What the server says of itself."""

from __future__ import annotations

from typing import Any

from .. import errors
from ..transport import Transport


class ServerCalls(Transport):
    """Heartbeat, version, organisation."""

    def get_heartbeat(self) -> str:
        """`GET /api/v1/heartbeat`: the text it answers. Needs no key (api 1.5)."""
        return str(self._call("GET", "/api/v1/heartbeat", keyed=False, text=True))

    def get_version(self) -> str | None:
        """`GET /api/v1/version`: a version or commit; None where the release does not know (api 1.5)."""
        try:
            version = self._call("GET", "/api/v1/version", keyed=False).get("version")
        except (errors.Missing, errors.Rejected, AttributeError):
            return None
        return None if version in (None, "", "unknown", "development") else str(version)

    def list_organizations(self) -> list[dict[str, Any]]:
        """`GET /api/v1/organizations`: the probe that tells whether the key is good (api 1.1)."""
        found = self._call("GET", "/api/v1/organizations")
        return list(found.get("organizations") or []) if isinstance(found, dict) else []

    def repair_key(self) -> dict[str, Any]:
        """`POST /api/v1/internal/auth/repair` (0.2.17 to 1.0.47, api 1.3): ends all keys of the organisation, makes one
        new, writes it into Skyvern's files and answers it as `api_key`, with the paths. Sent once, without a key."""
        found = self._call("POST", "/api/v1/internal/auth/repair", {}, keyed=False)
        if not isinstance(found, dict):
            raise errors.Failed("Skyvern answered with something other than the object it promises.")
        return found
