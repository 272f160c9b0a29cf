"""What Skyvern answers, as frozen values.

Skyvern's JSON is read once, here. A field a release does not send is None (or empty), a status we have never
heard of is kept as it is and counts as unfinished, and unknown keys stay reachable through `raw`. Times are
naive UTC on the wire (api 0); here they are always aware.
"""

from __future__ import annotations

from .artifact import Artifact, File
from .browser_session import BrowserSession
from .reading import parse_time
from .run import Attempt, Category, Run, RunRow
from .timeline import Action, Block, Step, Thought, TimelineItem, read_timeline
from .vocabulary import (
    ENGINES,
    FAILED_STATUSES,
    FINAL_STATUSES,
    LIVE_STATUSES,
    PROXY_LOCATIONS,
    RUN_STATUSES,
    RUN_TYPES,
    is_final,
    run_kind,
)
from .workflow import Workflow

__all__ = [
    "Action",
    "Artifact",
    "Attempt",
    "Block",
    "BrowserSession",
    "Category",
    "ENGINES",
    "FAILED_STATUSES",
    "FINAL_STATUSES",
    "File",
    "LIVE_STATUSES",
    "PROXY_LOCATIONS",
    "RUN_STATUSES",
    "RUN_TYPES",
    "Run",
    "RunRow",
    "Step",
    "Thought",
    "TimelineItem",
    "Workflow",
    "is_final",
    "parse_time",
    "read_timeline",
    "run_kind",
]
