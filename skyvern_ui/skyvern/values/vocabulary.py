"""Skyvern's own words: statuses, kinds of runs, engines, proxy locations (api 2.1 to 2.3)."""

from __future__ import annotations

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


def is_final(status: str) -> bool:
    """True when a run in this status will never change again. Unknown statuses count as unfinished."""
    return status in FINAL_STATUSES


def run_kind(run_id: str) -> str | None:
    """`task_v2`, `task` or `workflow_run` from the id's prefix (api 2.1); None for an id of another kind. A run that
    a schedule started is `wr_sched_` and 32 letters of a digest (1.0.56)."""
    for prefix, kind in (("tsk_v2_", "task_v2"), ("tsk_", "task"), ("wr_sched_", "workflow_run"),
                         ("wr_", "workflow_run")):
        rest = run_id.removeprefix(prefix)
        if rest != run_id and rest.isascii() and rest.isalnum():
            return kind
    return None
