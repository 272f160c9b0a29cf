"""One run as a guest sees it: plain values, already redacted."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from time import monotonic
from typing import Any

from ..aside import aside
from ..diagnosis.plain import plain_reason
from ..formatters import json_pretty
from ..runs import rules as run_rules
from ..runs.secret_rules import unsecret
from ..skyvern.client import Skyvern
from ..skyvern.errors import Failed, Missing, Rejected, SkyvernError
from ..skyvern.values import Action, Artifact, Block, Run, Thought, TimelineItem, run_kind
from .redaction import HIDDEN, Redaction

MOST_ITEMS, LONGEST_OUTPUT = 500, 100_000
KNOWN_FOR, MOST_KNOWN = 30.0, 200  # seconds, runs
_known: OrderedDict[tuple[str, str], tuple[float, frozenset[str]]] = OrderedDict()
_known_lock = Lock()


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline."""

    depth: int
    title: str
    kind: str
    status: str | None
    seconds: float | None
    created_at: datetime | None
    note: str | None
    picture_id: str | None


@dataclass(frozen=True, slots=True)
class GuestRun:
    """What the shared page shows."""

    title: str
    kind: str
    status: str
    is_over: bool
    started_at: datetime | None
    finished_at: datetime | None
    failure: str | None
    inputs: dict[str, Any]
    output: str
    moments: tuple[Moment, ...]
    is_cut: bool
    pictures: tuple[str, ...]
    films: tuple[str, ...]


def view(skyvern: Skyvern, run_id: str, people: Iterable[str], *, shows_inputs: bool) -> GuestRun:
    """The run for a guest. `people` are the e-mail addresses of ours. Raises the errors of Skyvern; a part
    that it will not give is left out."""
    run = read_run(skyvern, run_id)
    inner = skyvern.with_inner_run(run)
    items, artifacts = _timeline(skyvern, run), _artifacts(skyvern, inner)
    films = [film for film in run_rules.recordings(artifacts)
             if not run_rules.may_be_empty(run, film) or skyvern.has_bytes(film.artifact_id)]
    house = (skyvern.connection.url, skyvern.connection.authority)
    return aside(_seen, run, items, artifacts, films, house, tuple(people), shows_inputs)


def _seen(run: Run, items: Sequence[TimelineItem | Action], artifacts: list[Artifact], films: list[Artifact],
          house: tuple[str, ...], people: tuple[str, ...], shows_inputs: bool) -> GuestRun:
    """Redacted and cut. An output may be large, so this is done beside the loop that serves everybody."""
    hidden = Redaction(run.request, _typed(items), house, people, shows_inputs=shows_inputs)
    moments = list(_moments(items, hidden, shows_inputs))
    shown = {key: value for key, value in run.request.items() if key in ("prompt", "url", "parameters") and value}
    return GuestRun(
        title=_title(run, hidden, shows_inputs), kind=run.kind, status=run.status, is_over=run.is_over,
        started_at=run.started_at or run.created_at, finished_at=run.finished_at,
        failure=hidden.text(plain_reason(run.failure_reason)) if shows_inputs and run.failure_reason else None,
        inputs={key: hidden.value(unsecret(value, key)) for key, value in shown.items()} if shows_inputs else {},
        output=_drawn(hidden.value(run.output)), moments=tuple(moments[:MOST_ITEMS]), is_cut=len(moments) > MOST_ITEMS,
        pictures=tuple(a.artifact_id for a in run_rules.screenshots(artifacts)),
        films=tuple(a.artifact_id for a in films),
    )


def _drawn(output: Any) -> str:
    if output in (None, "", {}, []):
        return ""
    return (output if isinstance(output, str) else json_pretty(output))[:LONGEST_OUTPUT]


def read_run(skyvern: Skyvern, run_id: str) -> Run:
    """The run, also one that `/v1/runs` hides. Raises the errors of Skyvern."""
    try:
        return skyvern.get_run(run_id)
    except (Missing, Failed, Rejected):
        if run_kind(run_id) == "task_v2":
            raise
        return skyvern.get_hidden_run(run_id)


def may_show(skyvern: Skyvern, run_id: str, artifact_id: str) -> bool:
    """Whether this is a picture or a film of this run: nothing else is for guests. Raises the errors of Skyvern."""
    key = (skyvern.connection.url, run_id)
    with _known_lock:
        when, ids = _known.get(key, (-KNOWN_FOR, frozenset()))
    if artifact_id in ids and monotonic() - when < KNOWN_FOR:
        return True
    run = skyvern.with_inner_run(read_run(skyvern, run_id))
    ids = frozenset(a.artifact_id for a in _listed(skyvern, run) if a.is_screenshot or a.kind == "recording")
    with _known_lock:
        _known[key] = (monotonic(), ids)
        _known.move_to_end(key)
        while len(_known) > MOST_KNOWN:
            _known.popitem(last=False)
    return artifact_id in ids


def _title(run: Run, hidden: Redaction, shows_inputs: bool) -> str:
    """Its title, unless that is only how its prompt begins."""
    named = str(run.request.get("title") or run.raw.get("workflow_title") or "").strip()
    prompt = str(run.request.get("prompt") or "").strip()
    if shows_inputs:
        return hidden.text(run.title if run.title != run.run_id else named) or "A run"
    told = hidden.text(named)
    if not named or (prompt and prompt.startswith(named)) or not told.replace(HIDDEN, "").strip():
        return "A workflow run" if run_kind(run.run_id) == "workflow_run" else "A task"
    return told


def _timeline(skyvern: Skyvern, run: Run) -> Sequence[TimelineItem | Action]:
    try:
        if run_kind(run.run_id) == "task":
            return skyvern.list_task_actions(run.run_id)
        return skyvern.get_timeline(run.run_id)
    except SkyvernError:
        return ()


def _artifacts(skyvern: Skyvern, run: Run) -> list[Artifact]:
    try:
        return _listed(skyvern, run)
    except SkyvernError:
        return []


def _listed(skyvern: Skyvern, run: Run) -> list[Artifact]:
    """A task of engine 2.0 keeps its artifacts under the workflow run inside it."""
    found = skyvern.list_artifacts(run.run_id)
    inner = run.raw.get("workflow_run_id")
    return found or (skyvern.list_artifacts(inner) if run_kind(run.run_id) == "task_v2" and inner else [])


def _typed(items: Sequence[TimelineItem | Action]) -> Iterator[str]:
    for item in items:
        if isinstance(item, Action):
            yield from (text for text in (item.text, item.said) if text)
        elif isinstance(item, Block):
            yield from _typed([*item.actions, *item.children])
            yield from (str(value) for value in item.loop_values or () if isinstance(value, str | int))


def _moments(items: Sequence[TimelineItem | Action], hidden: Redaction, shows: bool,
             depth: int = 0) -> Iterator[Moment]:
    for item in items:
        if isinstance(item, Action):
            note = ": ".join(part for part in (item.reasoning, item.text) if part)
            yield Moment(depth, item.kind.replace("_", " "), "action", item.status, item.seconds, item.created_at,
                         hidden.text(note) if shows else None, item.screenshot_id)
        elif isinstance(item, Thought):
            said = item.thought or item.answer or item.observation
            yield Moment(depth, "Thought", "thought", None, None, item.created_at,
                         hidden.text(said) if shows else None, None)
        else:
            asked = next((str(value) for value in item.asked.values()), None)
            yield Moment(depth, hidden.text(item.label), item.kind, item.status, item.seconds, item.created_at,
                         hidden.text(plain_reason(item.failure_reason) or asked) if shows else None, None)
            yield from _moments([*item.actions, *item.children], hidden, shows, depth + 1)
