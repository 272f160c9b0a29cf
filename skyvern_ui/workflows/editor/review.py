"""What would be saved, against what Skyvern has: shown before anything is sent."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from flask import render_template, request

from ...access import find_workflow
from ...aside import aside
from ...skyvern.errors import SkyvernError
from ..definition.difference import text_difference
from ..definition.document import document_of
from ..definition.walk import labels
from ..drafts.rebasing_rules import Overlap, rebase
from ..drafts.rules import Draft
from ..versions.card_rules import cards
from ..versions.saver_rules import savers, saves_of
from ..versions.side_rules import folded, rows
from .answers import values_of
from .cards import Board, board_of

Json = dict[str, Any]
MOST_ROWS = 2000
OVERLAPS = {"block": "the block {}", "parameter": "the parameter {}", "setting": "the setting {}",
            "order": "the order and nesting of the blocks", "gone": "the block {}, which one of you deleted"}


def review(draft: Draft, status: int = 200, problem: str = "", title: str = "") -> Any:
    """The page before saving; the page of a conflict when somebody else has saved meanwhile."""
    away = ""
    if not draft.is_new:
        try:
            newest = find_workflow(draft.wpid)
        except SkyvernError as error:
            away = error.sentence
        else:
            if newest.get("version") != draft.base_version:
                return conflict(draft, newest, status if status != 200 else 409)
    board = board_of(draft.document)
    as_text = request.args.get("as") == "text"
    shown = aside(_rows, draft.base, draft.document) if as_text else []
    return render_template(
        "workflows/editor/save.html", found=aside(cards, draft.base, draft.document), as_text=as_text,
        rows=shown[:MOST_ROWS], rows_cut=max(0, len(shown) - MOST_ROWS), away=away, problem=problem,
        problem_title=title, problem_label=label_in(problem, draft.document), places=problem_places(board),
        **values_of(draft, board)), status


def conflict(draft: Draft, newest: Json, status: int = 409) -> Any:
    """Who saved, what they changed, what this draft changes, and the ways out. Nothing is written."""
    theirs = document_of(newest)
    result = aside(rebase, draft.base, draft.document, theirs)
    by = savers(saves_of(draft.wpid), [newest])
    return render_template(
        "workflows/editor/conflict.html", theirs=aside(cards, draft.base, theirs), number=newest.get("version"),
        mine=aside(cards, draft.base, draft.document), by=by.get(int(newest.get("version") or 0)),
        overlaps=[in_words(each) for each in result.overlaps], is_same=theirs == draft.document,
        **values_of(draft)), status


def problem_places(board: Board) -> list[tuple[Any, str]]:
    """Each problem with the query that opens its place in the editor; those that stop the save first."""
    found = []
    for each in sorted(board.problems, key=lambda one: not one.stops):
        query = {"block": "card=", "parameter": "side=parameters&key=", "settings": "side=settings"}[each.where]
        found.append((each, query + (quote(each.name) if each.where != "settings" else "")))
    return found


def label_in(sentence: str, document: Json) -> str | None:
    """The block that Skyvern's sentence speaks of, if it names one."""
    words = set(re.findall(r"\w+", sentence))
    return next((label for label in labels(document) if label in words), None)


def in_words(overlap: Overlap) -> str:
    return OVERLAPS[overlap.where].format(overlap.name)


def _rows(before: Json, after: Json) -> list[Any]:
    return folded(rows(text_difference(before, after)))
