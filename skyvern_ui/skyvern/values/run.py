"""Runs: a row of the list, and one run with all it holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .artifact import File
from .reading import Json, parse_time, read_dict, read_float, read_int, read_list, read_text, read_texts
from .vocabulary import is_final, run_kind

OUTPUTS = ("output", "outputs", "extracted_information")  # 1.0.56's runs; workflow runs; legacy tasks
ASKED_OF_WORKFLOWS = ("parameters", "proxy_location", "webhook_callback_url", "totp_identifier",
                      "totp_verification_url", "browser_session_id", "browser_profile_id", "extra_http_headers",
                      "cdp_connect_headers", "max_screenshot_scrolls", "browser_address", "run_with")


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
    retry_pending: bool = False
    workflow_deleted: bool = False
    ran_code: bool = False
    category: str | None = None

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
            retry_pending=data.get("retry_pending") is True,
            workflow_deleted=data.get("workflow_deleted") is True,
            ran_code=data.get("script_run") not in (None, False, {}),
            category=next((str(c["category"]) for c in read_list(data, "failure_category")
                           if isinstance(c, dict) and c.get("category")), None),
        )


@dataclass(frozen=True, slots=True)
class Category:
    """Why a run failed, as Skyvern sorts it: `confidence` is 0 to 1, `evidence` says where it saw it."""

    name: str
    confidence: float | None
    reasoning: str | None
    evidence: str | None

    @classmethod
    def from_json(cls, data: Json) -> Category:
        """Never raises."""
        return cls(str(data.get("category")), read_float(data, "confidence_float"), read_text(data, "reasoning"),
                   read_text(data, "evidence_source"))


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a run that Skyvern starts again by itself."""

    number: int
    status: str
    failure_reason: str | None
    started_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def from_json(cls, data: Json) -> Attempt:
        """Never raises."""
        return cls(read_int(data, "attempt_number") or 1, str(data.get("status") or "unknown"),
                   read_text(data, "failure_reason"), parse_time(data.get("started_at")),
                   parse_time(data.get("finished_at")))


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
    recording_urls: tuple[str, ...] = field(compare=False)  # signed anew for each answer
    screenshot_urls: tuple[str, ...] = field(compare=False)
    created_at: datetime | None
    queued_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    step_count: int | None
    attempt: int
    browser_session_id: str | None
    request: dict[str, Any] = field(default_factory=dict)
    categories: tuple[Category, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    retry_pending: bool = False
    next_attempt_at: datetime | None = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

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
        categories = tuple(Category.from_json(c) for c in read_list(data, "failure_category")
                           if isinstance(c, dict) and c.get("category"))
        output = next((data[key] for key in OUTPUTS if data.get(key) is not None), None)
        return cls(
            run_id=run_id,
            kind=str(data.get("run_type") or run_kind(run_id) or "run"),
            status=str(data.get("status") or "unknown"),
            failure_reason=read_text(data, "failure_reason"),
            failure_categories=tuple(c.name for c in categories),
            errors=tuple(e for e in read_list(data, "errors") if isinstance(e, dict)),
            output=output,
            files=tuple(File.from_json(f) for f in read_list(data, "downloaded_files") if isinstance(f, dict)),
            recording_urls=recordings,
            screenshot_urls=read_texts(data, "screenshot_urls"),
            created_at=parse_time(data.get("created_at")),
            queued_at=parse_time(data.get("queued_at")),
            started_at=parse_time(data.get("started_at")),
            finished_at=parse_time(data.get("finished_at")),
            step_count=read_int(data, "step_count"),
            attempt=read_int(data, "attempt") or 1,
            browser_session_id=read_text(data, "browser_session_id"),
            request=read_dict(data, "run_request") or _asked(data),
            categories=categories,
            attempts=tuple(Attempt.from_json(a) for a in read_list(data, "attempts") if isinstance(a, dict)),
            retry_pending=data.get("retry_pending") is True,
            next_attempt_at=parse_time(data.get("next_attempt_at")),
            raw=dict(data),
        )


def _asked(data: Json) -> dict[str, Any]:
    """What a run was asked, from the older shapes: a task's `request` (api 2.5), a workflow run's own fields."""
    if data.get("workflow_run_id") and data.get("workflow_id"):
        return {key: data.get(key) for key in ("workflow_id", *ASKED_OF_WORKFLOWS) if data.get(key) is not None}
    asked = {key: value for key, value in read_dict(data, "request").items() if value not in (None, "")}
    return {"prompt": asked.pop("navigation_goal", None) or asked.get("data_extraction_goal"), **asked} if asked else {}
