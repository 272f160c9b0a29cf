"""What runs leave behind."""

from __future__ import annotations

from .. import errors
from ..transport import Transport
from ..values import Artifact


class ArtifactCalls(Transport):
    """Artifacts; their bytes go through `relay`."""

    def list_artifacts(self, run_id: str) -> list[Artifact]:
        """`GET /v1/runs/{id}/artifacts` (since 0.2.3)."""
        return [Artifact.from_json(a) for a in self._rows(f"/v1/runs/{run_id}/artifacts")]

    def get_artifact_text(self, artifact_id: str) -> str:
        """`GET /v1/artifacts/{id}/content` (1.0.25) of something written, at most 16 MiB (api 6.3)."""
        return str(self._call("GET", f"/v1/artifacts/{artifact_id}/content", text=True))

    def get_artifact(self, artifact_id: str) -> Artifact:
        """`GET /v1/artifacts/{id}` (api 6.1)."""
        return Artifact.from_json(self._object("GET", f"/v1/artifacts/{artifact_id}"))

    def has_bytes(self, artifact_id: str) -> bool:
        """Whether an artifact's content is there: a recording is listed before it is written (`GET
        /v1/artifacts/{id}/content` of its first byte, api 6.3). Raises nothing."""
        try:
            path = f"/v1/artifacts/{artifact_id}/content"
            return bool(self._call("GET", path, text=True, more={"range": "bytes=0-0"}))
        except errors.SkyvernError:
            return False
