"""What the pages of versions are drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...access import find_workflow, skyvern
from ...aside import aside
from ...skyvern.values.reading import parse_time
from ..definition.difference import text_difference
from ..definition.document import as_text, document_of
from ..definition.walk import every_block
from ..head import head_of
from ..overview.drawing_rules import draw
from ..overview.setting_rules import settings_in_words
from .card_rules import cards, in_few_words
from .reading import number_of, versions
from .saver_rules import Save, savers, saves_of
from .side_rules import folded, rows

Json = dict[str, Any]
MOST_ROWS = 6000


@dataclass(frozen=True, slots=True)
class Line:
    """One version in the list."""

    number: int
    title: str
    at: Any
    save: Save | None
    blocks: int
    told: str


def listed(workflow: Json, page: int) -> dict[str, Any]:
    """One page of the list, each version with what it changed. Raises the errors of Skyvern."""
    wpid = str(workflow["workflow_permanent_id"])
    found = versions(skyvern(), wpid, page)
    known = savers(saves_of(wpid), found.rows)
    lines = aside(_lines, found.rows, found.below, known)
    path = f"/workflows/{wpid}/versions"
    return {"head": head_of(workflow, "versions"), "lines": lines, "total": found.total,
            "newest": number_of(workflow), "page_label": f"Page {page}",
            "prev_href": (f"{path}?page={page - 1}" if page > 2 else path) if page > 1 else None,
            "next_href": f"{path}?page={page + 1}" if found.more else None}


def compared(workflow: Json, before: Json, after: Json, as_lines: bool, is_whole: bool) -> dict[str, Any]:
    """Two versions, by card or as text."""
    numbers = number_of(before), number_of(after)
    context = {"head": head_of(workflow, "versions"), "before": numbers[0], "after": numbers[1],
               "newest": number_of(workflow), "as_lines": as_lines, "is_whole": is_whole, "cards": None, "rows": (),
               "rows_cut": 0}
    if as_lines:
        shown = aside(_rows, before, after, is_whole)
        return context | {"rows": shown[:MOST_ROWS], "rows_cut": max(0, len(shown) - MOST_ROWS)}
    return context | {"cards": aside(_cards, before, after)}


def one(workflow: Json, version: Json) -> dict[str, Any]:
    """One version, to be read."""
    number = number_of(version)
    save = savers(saves_of(str(workflow["workflow_permanent_id"])), [version]).get(number)
    drawing, settings, text = aside(_read, version)
    return {"head": head_of(workflow, "versions"), "number": number, "title": str(version.get("title") or ""),
            "newest": number_of(workflow), "save": save, "at": moment(version), "drawing": drawing,
            "settings": settings, "text": text}


def restoring(workflow: Json, version: Json) -> dict[str, Any]:
    """What bringing this version back would change."""
    return {"head": head_of(workflow, "versions"), "number": number_of(version), "newest": number_of(workflow),
            "cards": aside(_cards, workflow, version)}


def pair(wpid: str, before: int, after: int) -> tuple[Json, Json, Json]:
    """The newest version and the two that are compared, or 404. Raises the errors of Skyvern."""
    newest = find_workflow(wpid)
    found = [newest if number == number_of(newest) else find_workflow(wpid, number) for number in (before, after)]
    return newest, found[0], found[1]


def moment(version: Json) -> Any:
    """When it was saved."""
    return parse_time(version.get("modified_at")) or parse_time(version.get("created_at"))


def _lines(found: tuple[Json, ...], below: Json | None, known: dict[int, Save]) -> list[Line]:
    documents = [document_of(version) for version in found]
    older = [*documents[1:], document_of(below) if below else None]
    return [Line(number_of(version), str(version.get("title") or ""), moment(version), known.get(number_of(version)),
                 sum(1 for _ in every_block(document)), in_few_words(before, document))
            for version, document, before in zip(found, documents, older, strict=True)]


def _rows(before: Json, after: Json, is_whole: bool) -> list[Any]:
    shown = rows(text_difference(document_of(before), document_of(after)))
    return shown if is_whole else folded(shown)


def _cards(before: Json, after: Json) -> Any:
    return cards(document_of(before), document_of(after))


def _read(version: Json) -> tuple[Any, Any, str]:
    document = document_of(version)
    return draw(document), settings_in_words(document), as_text(document)
