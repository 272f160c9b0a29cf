"""Live browsers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .reading import Json, parse_time, read_int, read_text


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """A live browser (api 4.4), without the address on the server's host, which nobody else may see."""

    session_id: str
    status: str
    timeout_minutes: int | None
    runnable_id: str | None
    started_at: datetime | None
    created_at: datetime | None
    transport: str | None

    @classmethod
    def from_json(cls, data: Json) -> BrowserSession:
        """Releases before 1.0.10 send no status: then it is running once started, over once completed."""
        status = read_text(data, "status")
        if status is None:
            status = "completed" if data.get("completed_at") else "running" if data.get("started_at") else "created"
        return cls(
            session_id=str(data.get("browser_session_id") or ""),
            status=status,
            timeout_minutes=read_int(data, "timeout"),
            runnable_id=read_text(data, "runnable_id"),
            started_at=parse_time(data.get("started_at")),
            created_at=parse_time(data.get("created_at")),
            transport=read_text(data, "stream_transport"),
        )
