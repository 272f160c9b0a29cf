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
