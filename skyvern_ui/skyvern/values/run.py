"""Runs: a row of the list, and one run with all it holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .artifact import File
from .reading import Json, parse_time, read_dict, read_int, read_text, read_texts
from .vocabulary import is_final, run_kind


@dataclass(frozen=True, slots=True)
class RunRow:
    """One row of `GET /v1/runs` (api 2.4), or of the legacy list."""

    run_id: str
    kind: str
    status: str
    title: str | None
    created_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    workflow_permanent_id: str | None
    trigger: str | None
    attempt: int

    @property
    def is_over(self) -> bool:
        """True when the status is final."""
        return is_final(self.status)

    @classmethod
    def from_json(cls, data: Json) -> RunRow:
        """Accepts the list row of 1.0.29 and later and both legacy row shapes."""
        run_id = str(data.get("run_id") or data.get("workflow_run_id") or data.get("task_id") or "")
        return cls(
            run_id=run_id,
            kind=str(data.get("task_run_type") or run_kind(run_id) or "run"),
            status=str(data.get("status") or "unknown"),
            title=read_text(data, "title") or read_text(data, "workflow_title"),
            created_at=parse_time(data.get("created_at")),
            started_at=parse_time(data.get("started_at")),
            finished_at=parse_time(data.get("finished_at")),
            workflow_permanent_id=read_text(data, "workflow_permanent_id"),
            trigger=read_text(data, "trigger_type"),
            attempt=read_int(data, "attempt") or 1,
        )


@dataclass(frozen=True, slots=True)
class Run:
    """One run of any kind, from `GET /v1/runs/{id}` (api 2.3, 2.4)."""

    run_id: str
    kind: str
    status: str
    failure_reason: str | None
    failure_categories: tuple[str, ...]
    errors: tuple[dict[str, Any], ...]
    output: Any
    files: tuple[File, ...]
    recording_urls: tuple[str, ...]
    screenshot_urls: tuple[str, ...]
    created_at: datetime | None
    queued_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    step_count: int | None
    attempt: int
    browser_session_id: str | None
    request: dict[str, Any] = field(default_factory=dict)
    raw: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def is_over(self) -> bool:
        """True when the status is final. `paused` waits for a person and is not over."""
        return is_final(self.status)

    @property
    def title(self) -> str:
        """What to call it: its title, its prompt's first line, its workflow, else its id."""
        prompt = str(self.request.get("prompt") or "").strip().splitlines()
        named = self.request.get("title") or self.raw.get("workflow_title")
        return str(named or (prompt[0] if prompt else None) or self.run_id)[:200]

    @property
    def can_rerun(self) -> bool:
        """True when the server echoed what it was asked, so the same can be asked again."""
        return bool(self.request.get("prompt") or self.request.get("workflow_id"))

    @classmethod
    def from_json(cls, data: Json) -> Run:
        """Never raises; a shape of a newer release is read as far as it is understood."""
        run_id = str(data.get("run_id") or data.get("workflow_run_id") or data.get("task_id") or "")
        recordings = read_texts(data, "recording_urls") or tuple(filter(None, (read_text(data, "recording_url"),)))
        categories = data.get("failure_category")
        return cls(
            run_id=run_id,
            kind=str(data.get("run_type") or run_kind(run_id) or "run"),
            status=str(data.get("status") or "unknown"),
            failure_reason=read_text(data, "failure_reason"),
            failure_categories=tuple(
                str(c["category"]) for c in categories if isinstance(c, dict) and c.get("category")
            ) if isinstance(categories, list) else (),
            errors=tuple(e for e in data.get("errors") or () if isinstance(e, dict)),
            output=data.get("output"),
            files=tuple(File.from_json(f) for f in data.get("downloaded_files") or () if isinstance(f, dict)),
            recording_urls=recordings,
            screenshot_urls=read_texts(data, "screenshot_urls"),
            created_at=parse_time(data.get("created_at")),
            queued_at=parse_time(data.get("queued_at")),
            started_at=parse_time(data.get("started_at")),
            finished_at=parse_time(data.get("finished_at")),
            step_count=read_int(data, "step_count"),
            attempt=read_int(data, "attempt") or 1,
            browser_session_id=read_text(data, "browser_session_id"),
            request=read_dict(data, "run_request"),
            raw=dict(data),
        )
