"""What a run leaves behind: artifacts and downloaded files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .reading import Json, parse_time, read_int, read_text


@dataclass(frozen=True, slots=True)
class File:
    """A file a run downloaded. `artifact_id` is None where the release gives no way to fetch it (api 6.2)."""

    name: str
    size: int | None
    artifact_id: str | None
    checksum: str | None

    @classmethod
    def from_json(cls, data: Json) -> File:
        """Raises nothing; a file without a name is called by the last part of its URL."""
        url = str(data.get("url") or "")
        name = read_text(data, "filename") or url.rsplit("/", 1)[-1].split("?")[0] or "file"
        return cls(name, read_int(data, "file_size"), read_text(data, "artifact_id"), read_text(data, "checksum"))


@dataclass(frozen=True, slots=True)
class Artifact:
    """One stored thing of a run (api 6.1). The bytes come from `GET /v1/artifacts/{id}/content`."""

    artifact_id: str
    kind: str
    size: int | None
    created_at: datetime | None
    uri: str
    step_id: str | None
    block_id: str | None
    run_id: str | None
    thought_id: str | None = None
    task_id: str | None = None

    @property
    def name(self) -> str:
        """A file name to save it under."""
        return self.uri.split("?")[0].rsplit("/", 1)[-1] or f"{self.kind}-{self.artifact_id}"

    @property
    def is_screenshot(self) -> bool:
        """True for the pictures people look at (element-tree and proxy kinds are not)."""
        return self.kind in {"screenshot", "screenshot_llm", "screenshot_action", "screenshot_final",
                             "screenshot_pre_submit"}

    @classmethod
    def from_json(cls, data: Json) -> Artifact:
        """Never raises; an unknown type is kept as it is."""
        return cls(
            artifact_id=str(data.get("artifact_id") or ""),
            kind=str(data.get("artifact_type") or "unknown"),
            size=read_int(data, "file_size"),
            created_at=parse_time(data.get("created_at")),
            uri=str(data.get("uri") or ""),
            step_id=read_text(data, "step_id"),
            block_id=read_text(data, "workflow_run_block_id"),
            run_id=read_text(data, "run_id") or read_text(data, "workflow_run_id") or read_text(data, "task_id"),
            thought_id=read_text(data, "observer_thought_id"),
            task_id=read_text(data, "task_id"),
        )
