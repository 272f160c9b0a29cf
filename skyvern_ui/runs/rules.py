"""What a run's page shows of the run itself: its facts, its pictures, its films."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from ..skyvern.client import Skyvern
from ..skyvern.errors import Missing, Rejected, SkyvernError
from ..skyvern.values import Artifact, Category, File, Run, Step, run_kind
from .timeline_rules import inner_of, workflow_of

WRITTEN_WITHIN = timedelta(minutes=5)
NOT_GIVEN = "This release of Skyvern does not give this for a run of this kind."


@dataclass(frozen=True, slots=True)
class Facts:
    """What the server says about a run beside the run itself. None is what this release does not say. `cost` is in
    US dollars, `credits` in Skyvern's own."""

    title: str | None = None
    workflow_id: str | None = None
    parent: str | None = None
    cost: float | None = None
    credits: float | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    models: tuple[str, ...] = ()
    webhook_failure: str | None = None
    ran_code: bool = False
    categories: tuple[Category, ...] = ()
    session_id: str | None = None
    step_failures: tuple[str, ...] = ()


def facts_of(skyvern: Skyvern, run: Run) -> Facts:
    """One or two more calls. Raises nothing: what is not told is not shown. Category, webhook and browser session of a
    task are only on its older route, those of a task 2.0 only on its hidden workflow run (1.0.56)."""
    try:
        if run_kind(run.run_id) == "task":
            more = run if "request" in run.raw else skyvern.get_hidden_run(run.run_id)
            return _task_facts(more, skyvern.list_steps(run.run_id) if run.is_over else [])
        if run_kind(run.run_id) == "workflow_run":
            raw = run.raw if "workflow_title" in run.raw else skyvern.get_workflow_run(run.run_id)
            return _workflow_facts(run, raw)
        whole = skyvern.with_inner_run(run)
        inner = inner_of(whole)
        told = _workflow_facts(whole, skyvern.get_workflow_run(inner)) if inner and run.is_over else Facts()
        return replace(told, title=None, workflow_id=None)
    except SkyvernError:
        return Facts(workflow_id=workflow_of(run), webhook_failure=_text(run.raw.get("webhook_failure_reason")))


def named(run: Run, facts: Facts) -> Run:
    """The run, called by its workflow's title where it has no better name."""
    return replace(run, raw={**run.raw, "workflow_title": facts.title}) if facts.title else run


def screenshots(artifacts: Iterable[Artifact]) -> list[Artifact]:
    """The pictures of a run, oldest first."""
    return sorted((a for a in artifacts if a.is_screenshot), key=lambda a: (a.created_at is None, a.created_at or 0))


def by_place(pictures: Sequence[Artifact], labels: dict[str, str]) -> list[tuple[str, list[Artifact]]]:
    """The pictures in the order they were taken, under the block or step they belong to."""
    steps: dict[str, int] = {}

    def place(picture: Artifact) -> str:
        for known in (picture.block_id, picture.task_id, picture.thought_id):
            if known in labels:
                return labels[known or ""]
        if picture.step_id:
            return f"Step {steps.setdefault(picture.step_id, len(steps) + 1)}"
        return "The run"

    return [(name, list(group)) for name, group in groupby(pictures, place)]


def downloads(run: Run, artifacts: Iterable[Artifact]) -> list[tuple[str | None, list[File]]]:
    """The files the run saved, by the block that did. Artifacts of kind `download` that the run does not list itself
    (another attempt's, a sub-run's) follow."""
    listed, blocks = {f.artifact_id for f in run.files if f.artifact_id}, _blocks_of_files(run.output)
    groups: dict[str | None, list[File]] = {}
    for file in run.files:
        groups.setdefault(blocks.get(file.artifact_id or file.name), []).append(file)
    rest = [File(a.name, a.size, a.artifact_id, None) for a in artifacts
            if a.kind == "download" and a.artifact_id not in listed]
    return [*groups.items(), *([("Also kept", rest)] if rest else [])]


def recordings(artifacts: Iterable[Artifact]) -> list[Artifact]:
    """The films of a run, oldest first."""
    return sorted((a for a in artifacts if a.kind == "recording"), key=lambda a: a.name)


def may_be_empty(run: Run, film: Artifact) -> bool:
    """True for a recording that may not be written yet: Skyvern lists it early, with size 0, and writes it within
    minutes of the end (measured on 1.0.56)."""
    ended = run.finished_at
    return not film.size and (ended is None or datetime.now(UTC) - ended < WRITTEN_WITHIN)


def artifacts_of(skyvern: Skyvern, run: Run) -> list[Artifact]:
    """Everything the run left. A task 2.0 leaves its own with its hidden workflow run on some releases: then that is
    asked too. Raises the errors of Skyvern."""
    found = skyvern.list_artifacts(run.run_id)
    if found or run_kind(run.run_id) != "task_v2":
        return found
    inner = inner_of(skyvern.with_inner_run(run))
    return skyvern.list_artifacts(inner) if inner else found


def ask(question: Callable[[], Any], otherwise: Any) -> tuple[Any, str | None]:
    """The answer; or something to go on with, and the sentence that stands in its place."""
    try:
        return question(), None
    except (Missing, Rejected):
        return otherwise, NOT_GIVEN
    except SkyvernError as error:
        return otherwise, error.sentence


def _blocks_of_files(output: Any) -> dict[str, str]:
    """Which block downloaded what, as its output tells: `{label}_output.downloaded_files` (seen on 1.0.56)."""
    found: dict[str, str] = {}
    for label, told in output.items() if isinstance(output, dict) else ():
        for file in (told.get("downloaded_files") or ()) if isinstance(told, dict) else ():
            if isinstance(file, dict):
                for key in (file.get("filename"), file.get("artifact_id")):
                    if key:
                        found.setdefault(str(key), str(label).removesuffix("_output"))
    return found


def _task_facts(run: Run, steps: Sequence[Step]) -> Facts:
    costs = [s.cost for s in steps if s.cost is not None]
    given = [s.input_tokens for s in steps if s.input_tokens is not None]
    made = [s.output_tokens for s in steps if s.output_tokens is not None]
    return Facts(
        categories=run.categories, session_id=run.browser_session_id,
        step_failures=tuple(dict.fromkeys(s.failure for s in steps if s.failure)),
        cost=sum(costs) or None, input_tokens=sum(given) if given else None,
        output_tokens=sum(made) if made else None, parent=_run_id(run.raw.get("workflow_run_id")),
        models=tuple(dict.fromkeys(s.model for s in steps if s.model)),
        webhook_failure=_text(run.raw.get("webhook_failure_reason")))


def _workflow_facts(run: Run, raw: dict[str, Any]) -> Facts:
    return Facts(
        categories=Run.from_json({"failure_category": raw.get("failure_category")}).categories,
        title=_text(raw.get("workflow_title")), workflow_id=workflow_of(run) or _text(raw.get("workflow_id")),
        parent=_run_id(raw.get("parent_workflow_run_id")), cost=_number(raw.get("total_cost")),
        credits=_number(raw.get("credits_used")), webhook_failure=_text(raw.get("webhook_failure_reason")),
        ran_code=raw.get("run_with") == "code" or bool(raw.get("script_run")))


def _run_id(value: Any) -> str | None:
    return value if isinstance(value, str) and run_kind(value) else None


def _text(value: Any) -> str | None:
    return str(value) if value else None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and value else None
