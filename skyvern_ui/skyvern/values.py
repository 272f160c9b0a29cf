"""What Skyvern answers, as frozen values.

Skyvern's JSON is read once, here. A field a release does not send is None (or empty), a status we have never
heard of is kept as it is and counts as unfinished, and unknown keys stay reachable through `raw`. Times are
naive UTC on the wire (api 0); here they are always aware.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Json = Mapping[str, Any]

FINAL_STATUSES = frozenset({"completed", "failed", "terminated", "canceled", "timed_out"})
LIVE_STATUSES = ("created", "queued", "running", "paused")
FAILED_STATUSES = ("failed", "terminated", "timed_out")
RUN_STATUSES = (*LIVE_STATUSES, "completed", "failed", "terminated", "canceled", "timed_out")
RUN_TYPES = (
    "task_v1", "task_v2", "task_v3", "workflow_run", "openai_cua", "anthropic_cua", "ui_tars", "yutori_navigator"
)
ENGINES = (
    "skyvern-1.0", "skyvern-2.0", "skyvern-3.0", "openai-cua", "anthropic-cua", "ui-tars", "yutori-navigator"
)
PROXY_LOCATIONS = (
    "RESIDENTIAL", "RESIDENTIAL_ISP", "US-CA", "US-NY", "US-TX", "US-FL", "US-WA",
    *(f"RESIDENTIAL_{c}" for c in (
        "AR", "AU", "BR", "CA", "DE", "ES", "FR", "GB", "IE", "IN", "IT", "JP", "KR", "MX", "NL", "NZ", "PH",
        "SA", "TR", "ZA",
    )),
    "NONE",
)


def parse_time(text: Any) -> datetime | None:
    """An ISO-8601 time from Skyvern; without an offset it is UTC. None for anything unreadable."""
    if not isinstance(text, str) or not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def is_final(status: str) -> bool:
    """True when a run in this status will never change again. Unknown statuses count as unfinished."""
    return status in FINAL_STATUSES


def run_kind(run_id: str) -> str | None:
    """`task_v2`, `task` or `workflow_run` from the id's prefix (api 2.1); None for an id of another kind."""
    for prefix, kind in (("tsk_v2_", "task_v2"), ("tsk_", "task"), ("wr_", "workflow_run")):
        rest = run_id.removeprefix(prefix)
        if rest != run_id and rest.isascii() and rest.isalnum():
            return kind
    return None


def _text(data: Json, key: str) -> str | None:
    value = data.get(key)
    return str(value) if value not in (None, "") else None


def _texts(data: Json, key: str) -> tuple[str, ...]:
    value = data.get(key)
    return tuple(str(item) for item in value) if isinstance(value, list) else ()


def _dict(data: Json, key: str) -> dict[str, Any]:
    value = data.get(key)
    return dict(value) if isinstance(value, dict) else {}


def _int(data: Json, key: str) -> int | None:
    value = data.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


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
        name = _text(data, "filename") or url.rsplit("/", 1)[-1].split("?")[0] or "file"
        return cls(name, _int(data, "file_size"), _text(data, "artifact_id"), _text(data, "checksum"))


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
            title=_text(data, "title") or _text(data, "workflow_title"),
            created_at=parse_time(data.get("created_at")),
            started_at=parse_time(data.get("started_at")),
            finished_at=parse_time(data.get("finished_at")),
            workflow_permanent_id=_text(data, "workflow_permanent_id"),
            trigger=_text(data, "trigger_type"),
            attempt=_int(data, "attempt") or 1,
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
        recordings = _texts(data, "recording_urls") or tuple(filter(None, (_text(data, "recording_url"),)))
        categories = data.get("failure_category")
        return cls(
            run_id=run_id,
            kind=str(data.get("run_type") or run_kind(run_id) or "run"),
            status=str(data.get("status") or "unknown"),
            failure_reason=_text(data, "failure_reason"),
            failure_categories=tuple(
                str(c["category"]) for c in categories if isinstance(c, dict) and c.get("category")
            ) if isinstance(categories, list) else (),
            errors=tuple(e for e in data.get("errors") or () if isinstance(e, dict)),
            output=data.get("output"),
            files=tuple(File.from_json(f) for f in data.get("downloaded_files") or () if isinstance(f, dict)),
            recording_urls=recordings,
            screenshot_urls=_texts(data, "screenshot_urls"),
            created_at=parse_time(data.get("created_at")),
            queued_at=parse_time(data.get("queued_at")),
            started_at=parse_time(data.get("started_at")),
            finished_at=parse_time(data.get("finished_at")),
            step_count=_int(data, "step_count"),
            attempt=_int(data, "attempt") or 1,
            browser_session_id=_text(data, "browser_session_id"),
            request=_dict(data, "run_request"),
            raw=dict(data),
        )


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
            size=_int(data, "file_size"),
            created_at=parse_time(data.get("created_at")),
            uri=str(data.get("uri") or ""),
            step_id=_text(data, "step_id"),
            block_id=_text(data, "workflow_run_block_id"),
            run_id=_text(data, "run_id") or _text(data, "workflow_run_id") or _text(data, "task_id"),
        )


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """A block, a thought or an action in the order it happened, with what it holds (api 2.7)."""

    kind: str
    title: str
    status: str | None
    note: str | None
    started_at: datetime | None
    seconds: float | None
    screenshot_id: str | None
    children: tuple[TimelineItem, ...] = ()

    @classmethod
    def from_json(cls, data: Json) -> TimelineItem:
        """One `WorkflowRunTimeline` row with its children; a block's actions become children too."""
        children = [cls.from_json(c) for c in reversed(data.get("children") or ()) if isinstance(c, dict)]
        thought = data.get("thought")
        if data.get("type") == "thought" and isinstance(thought, dict):
            said = _text(thought, "thought") or _text(thought, "answer") or _text(thought, "observation")
            return cls("thought", "Thought", None, said, parse_time(thought.get("created_at")), None, None,
                       tuple(children))
        block = data.get("block") if isinstance(data.get("block"), dict) else {}
        actions = [cls.from_action(a) for a in reversed(block.get("actions") or ()) if isinstance(a, dict)]
        seconds = block.get("duration")
        return cls(
            kind=str(block.get("block_type") or "block"),
            title=str(block.get("label") or block.get("block_type") or "Block"),
            status=_text(block, "status"),
            note=_text(block, "failure_reason") or _text(block, "navigation_goal")
            or _text(block, "data_extraction_goal") or _text(block, "url"),
            started_at=parse_time(block.get("created_at")),
            seconds=float(seconds) if isinstance(seconds, int | float) else None,
            screenshot_id=None,
            children=tuple(actions + children),
        )

    @classmethod
    def from_action(cls, data: Json) -> TimelineItem:
        """One `Action` of a step (api 2.5)."""
        return cls(
            kind="action",
            title=str(data.get("action_type") or "action").replace("_", " "),
            status=_text(data, "status"),
            note=_text(data, "reasoning") or _text(data, "intention") or _text(data, "description"),
            started_at=parse_time(data.get("created_at")),
            seconds=None,
            screenshot_id=_text(data, "screenshot_artifact_id"),
        )


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
        status = _text(data, "status")
        if status is None:
            status = "completed" if data.get("completed_at") else "running" if data.get("started_at") else "created"
        return cls(
            session_id=str(data.get("browser_session_id") or ""),
            status=status,
            timeout_minutes=_int(data, "timeout"),
            runnable_id=_text(data, "runnable_id"),
            started_at=parse_time(data.get("started_at")),
            created_at=parse_time(data.get("created_at")),
            transport=_text(data, "stream_transport"),
        )


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow in a list: enough to name it and to start it."""

    permanent_id: str
    title: str
    version: int | None
    description: str | None
    modified_at: datetime | None

    @classmethod
    def from_json(cls, data: Json) -> Workflow:
        """Never raises."""
        return cls(
            permanent_id=str(data.get("workflow_permanent_id") or ""),
            title=str(data.get("title") or "Untitled workflow"),
            version=_int(data, "version"),
            description=_text(data, "description"),
            modified_at=parse_time(data.get("modified_at")),
        )
