"""What the overview of a workflow is drawn from."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from ...access import only_these_runs, skyvern
from ...aside import aside
from ...extensions import db
from ...models import WorkflowDraft, WorkflowFavourite
from ...request import signed_in
from ...runs.again_rules import parameters_of
from ...runs.people_rules import names_of
from ...skyvern.client import Skyvern
from ...skyvern.errors import SkyvernError
from ...skyvern.values import RunRow
from ...skyvern.values.reading import parse_time, read_text
from ..definition.document import document_of
from ..head import head_of
from ..versions.saver_rules import Save, savers, saves_of
from .drawing_rules import draw
from .setting_rules import settings_in_words

LAST_RUNS = 6
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Hand:
    """Who did something to the workflow, and when. `name` is None where nobody here knows."""

    name: str | None
    at: datetime | None


def overview(workflow: Json) -> dict[str, Any]:
    """The whole page of one workflow as Skyvern reads it out."""
    wpid, person = str(workflow["workflow_permanent_id"]), signed_in()
    upstream, mine = skyvern(), only_these_runs(person)
    with ThreadPoolExecutor(max_workers=1) as pool:
        asked = pool.submit(last_runs, upstream, wpid, mine)
        saves = saves_of(wpid)
        mark = db.session.get(WorkflowFavourite, (person.id, wpid)) is not None
        draft = db.session.scalar(select(WorkflowDraft.position).where(
            WorkflowDraft.user_id == person.id, WorkflowDraft.wpid == wpid))
        db.session.remove()
        drawing, settings = aside(drawn, workflow)
        runs, problem = asked.result()
    return {
        "head": head_of(workflow, "overview"), "workflow": workflow, "drawing": drawing, "settings": settings,
        "inputs": parameters_of(workflow), "runs": runs, "runs_problem": problem, "is_favourite": mark,
        "owners": names_of(run.run_id for run in runs), "has_draft": bool(draft),
        "made": _made(workflow, saves), "edited": _edited(workflow, saves),
        "keeps_browser": bool(workflow.get("persist_browser_session")),
        "import_error": read_text(workflow, "import_error"),
    }


def drawn(workflow: Json) -> tuple[Any, list[tuple[str, str]]]:
    """The outline and the settings of a workflow as it is read. It keeps the processor busy for long ones."""
    document = document_of(workflow)
    return draw(document), settings_in_words(document)


def last_runs(upstream: Skyvern, wpid: str, only: set[str] | None) -> tuple[list[RunRow], str | None]:
    """The last runs of it that this person may see, and the sentence where Skyvern will not tell."""
    try:
        rows = upstream.list_runs([("page", "1"), ("page_size", str(LAST_RUNS if only is None else 50)),
                                   ("workflow_permanent_id", wpid)])
    except SkyvernError as error:
        return [], error.sentence
    return [row for row in rows if (only is None or row.run_id in only)
            and row.workflow_permanent_id in (wpid, None)][:LAST_RUNS], None


def _made(workflow: Json, saves: list[Save]) -> Hand:
    first = next((save for save in reversed(saves) if save.made == 1), None)
    at = parse_time(workflow.get("original_created_at")) or (first.at if first else None)
    if workflow.get("version") == 1:
        at = at or parse_time(workflow.get("created_at"))
    return Hand(first.name if first else _name(workflow, "created_by"), at)


def _edited(workflow: Json, saves: list[Save]) -> Hand:
    save = savers(saves, [workflow]).get(workflow.get("version") or 0)
    return Hand(save.name if save else _name(workflow, "edited_by"),
                (save.at if save else None) or parse_time(workflow.get("modified_at")))


def _name(workflow: Json, key: str) -> str | None:
    """Whom Skyvern names; the one user that it has for all who come with its key is nobody's name."""
    name = read_text(workflow, key)
    return None if name is None or name.endswith("_user") else name
