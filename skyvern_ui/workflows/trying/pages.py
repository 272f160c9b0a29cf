"""What the page on which blocks are tried is drawn from."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from ...access import skyvern
from ...aside import aside
from ...extensions import db
from ...models import WorkflowDraft
from ...request import signed_in
from ...skyvern.client import Skyvern
from ...skyvern.errors import Missing, SkyvernError
from ...skyvern.values import BrowserSession, Run
from ..definition.document import document_of
from ..definition.walk import definition_of
from ..head import head_of
from ..launch.inputs import filled, inputs_of
from ..launch.rules import choices_for
from ..overview.drawing_rules import draw
from .reach_rules import Reach, reaches
from .trial_rules import browser_of, end_trial, newest_by_label, trials_of

ENDED = ("completed", "failed", "timeout", "timed_out", "canceled", "terminated")
MOST_RUNS, AT_ONCE, LONGEST = 12, 6, 4000
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Output:
    """What a block gave when it was last tried."""

    label: str
    run_id: str
    text: str
    is_cut: bool


def trying(workflow: Json, chosen: str, typed: dict[str, str] | None = None, wrong: dict[str, str] | None = None,
           problem: tuple[str, str] | None = None) -> dict[str, Any]:
    """The whole page. `chosen` is the label of the block that somebody came for."""
    wpid, upstream = str(workflow["workflow_permanent_id"]), skyvern()
    drawing, reach, last = aside(_drawn, workflow)
    told = state(workflow)
    inputs = inputs_of(workflow)
    run: Run | None = told["run"]
    given = run.request.get("parameters") if run and typed is None else None
    return {
        **told, **view(wpid), "head": head_of(workflow, "try"), "drawing": drawing, "reaches": reach,
        "chosen": chosen if chosen in reach else "", "last_block": last, "inputs": inputs,
        "typed": typed if typed is not None else filled(inputs, given if isinstance(given, dict) else None),
        "wrong": wrong or {}, "choices": choices_for(upstream, inputs), "problem": problem,
        "has_draft": has_draft(wpid),
    }


def state(workflow: Json) -> dict[str, Any]:
    """The newest try and what the blocks gave that were tried before."""
    wpid, upstream = str(workflow["workflow_permanent_id"]), skyvern()
    trials = trials_of(signed_in().id, wpid)
    run, problem = latest(upstream, trials)
    if run is not None and run.is_over:
        trials[0].status = trials[0].status or run.status
    outputs = [] if run is not None and not run.is_over else outputs_of(upstream, trials)
    trial = trials[0] if trials else None
    rest = list(trial.onwards) if trial and not trial.is_followed else []
    return {"head": head_of(workflow, "try"), "run": run, "trial": trial, "rest": rest,
            "goes_on": bool(rest and run is not None and run.status == "completed"),
            "trial_problem": problem, "outputs": [_shown(*each) for each in outputs]}


def latest(upstream: Skyvern, trials: Any) -> tuple[Run | None, str | None]:
    """The run of the newest try, its end noted; and why it cannot be told, if so."""
    if not trials:
        return None, None
    try:
        run = upstream.get_run(trials[0].run_id)
    except Missing:
        end_trial(trials[0].run_id, "canceled")
        return None, None
    except SkyvernError as error:
        return None, error.sentence
    if run.is_over and trials[0].status is None:
        end_trial(run.run_id, run.status)
    return run, None


def outputs_of(upstream: Skyvern, trials: Any) -> list[tuple[str, str, Any]]:
    """(label, run, output) of each block that was tried and gave something, the block tried last first. At most twelve
    runs are asked for; one that Skyvern has no more is left out."""
    wanted = newest_by_label(trials)
    ids = list(dict.fromkeys(wanted.values()))[:MOST_RUNS]

    def ask(run_id: str) -> Json:
        try:
            given = upstream.get_run(run_id).output
        except SkyvernError:
            return {}
        return given if isinstance(given, dict) else {}

    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        given = dict(zip(ids, pool.map(ask, ids), strict=True))
    return [(label, run_id, given[run_id][f"{label}_output"]) for label, run_id in wanted.items()
            if given.get(run_id, {}).get(f"{label}_output") is not None]


def view(wpid: str) -> dict[str, Any]:
    """The browser in which this person tries: whether it is open, until when, and its live picture."""
    session_id = browser_of(signed_in().id, wpid)
    session, problem = session_of(skyvern(), session_id)
    is_open = session is not None and session.status not in ENDED
    return {"wpid": wpid, "session_id": session_id if is_open else None, "was_open": bool(session_id) and not is_open,
            "ends_at": ends_at(session) if is_open else None, "view_problem": problem}


def session_of(upstream: Skyvern, session_id: str | None) -> tuple[BrowserSession | None, str | None]:
    """The session, or None when it is gone; and why nobody can tell, if so."""
    if session_id is None:
        return None, None
    try:
        return upstream.get_browser_session(session_id), None
    except Missing:
        return None, None
    except SkyvernError as error:
        return None, error.sentence


def ends_at(session: BrowserSession | None) -> datetime | None:
    """When Skyvern closes it by itself."""
    begun = (session.started_at or session.created_at) if session else None
    return begun + timedelta(minutes=session.timeout_minutes) if begun and session and session.timeout_minutes else None


def has_draft(wpid: str) -> bool:
    """Whether this person has changes of it that are not saved, which are not what a try runs."""
    try:
        return bool(db.session.scalar(select(WorkflowDraft.position).where(
            WorkflowDraft.user_id == signed_in().id, WorkflowDraft.wpid == wpid)))
    finally:
        db.session.remove()


def reached(workflow: Json) -> dict[str, Reach]:
    """What can be tried of a workflow as it is read. It keeps the processor busy for long ones."""
    return reaches(document_of(workflow))


def _drawn(workflow: Json) -> tuple[Any, Any, Any]:
    document = document_of(workflow)
    return draw(document), reaches(document), definition_of(document).get("finally_block_label")


def _shown(label: str, run_id: str, value: Any) -> Output:
    text = json.dumps(value, ensure_ascii=False, indent=2, default=str)
    return Output(label, run_id, text[:LONGEST], len(text) > LONGEST)
