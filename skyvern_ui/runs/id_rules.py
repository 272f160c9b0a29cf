"""Any id that Skyvern gives out, typed into the search, and the run it leads to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..skyvern.client import Skyvern
from ..skyvern.errors import Missing, Rejected
from ..skyvern.values import run_kind

SHAPE = re.compile(r"(wpid|w|wrb|stp|a|pbs|act|tr|o|fld|sched|ot)_[A-Za-z0-9]+")
NOUNS = {"wrb": "block", "stp": "step", "a": "artifact", "pbs": "browser session", "act": "action",
         "w": "version of a workflow", "tr": "entry of Skyvern's list", "o": "organisation", "fld": "folder",
         "sched": "schedule", "ot": "thought"}
OWNED = {"wrb": "workflow_run_block", "stp": "step", "ot": "thought"}
OWNERS = ("run_id", "workflow_run_id", "task_id")


@dataclass(frozen=True, slots=True)
class Lead:
    """Where an id leads: to a run, to the runs of a workflow, or nowhere, and then `sentence` says so."""

    run_id: str = ""
    workflow: str = ""
    sentence: str = ""


def follow(skyvern: Skyvern, text: str) -> Lead | None:
    """Where this text leads if it is an id; None for anything that is to be searched for. Asks Skyvern at most once.
    Raises the errors of Skyvern but Missing and Rejected."""
    if run_kind(text):
        return Lead(run_id=text)
    shape = SHAPE.fullmatch(text)
    if shape is None:
        return None
    kind = shape.group(1)
    if kind == "wpid":
        return Lead(workflow=text)
    try:
        run_id = _run_of(skyvern, kind, text)
    except (Missing, Rejected):
        run_id = None
    if run_id:
        return Lead(run_id=run_id)
    if kind == "pbs":
        return None
    return Lead(sentence=f"This is the id of {_article(NOUNS[kind])}, and no run is known that it belongs to.")


def _run_of(skyvern: Skyvern, kind: str, text: str) -> str | None:
    if kind == "a":
        return _owner(skyvern.get_artifact_document(text))
    if kind == "pbs":
        holder = str(skyvern.get_browser_session_document(text).get("runnable_id") or "")
        return holder if run_kind(holder) else None
    if kind in OWNED:
        return next((owner for row in skyvern.list_artifacts_of(OWNED[kind], text) if (owner := _owner(row))), None)
    return None


def _owner(row: Mapping[str, Any]) -> str | None:
    return next((str(row[name]) for name in OWNERS if run_kind(str(row.get(name) or ""))), None)


def _article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
