"""What the tags of a run are drawn from."""

from __future__ import annotations

from typing import Any

from ..access import skyvern
from ..skyvern.values import Run, run_kind
from . import rules


def tags(run: Run) -> dict[str, Any]:
    """`tags`: those people set, and those Skyvern noted; `may_tag` where this run can have any."""
    if run_kind(run.run_id) != "workflow_run":
        return {"tags": (), "noted": (), "may_tag": False}
    found, problem = rules.ask(lambda: skyvern().list_tags_of_runs([run.run_id]).get(run.run_id, ()), ())
    return {"tags": [t for t in found if not t.is_system], "noted": [t for t in found if t.is_system],
            "may_tag": problem is None}
