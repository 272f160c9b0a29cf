from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import render_template, request

from ..access import skyvern
from ..conditional import conditional
from ..diagnosis.table import BY_CODE
from ..formatters import sentence_case
from ..request import signed_in
from ..skyvern.errors import SkyvernError
from ..skyvern.values import FAILED_STATUSES
from . import failure_rules as rules
from .blueprint import bp
from .failure_reading import Reading
from .listing import scope, workflow_options

LABELS = {"category": "Category", "workflow": "Workflow", "site": "Site", "block": "Block",
          "model_error": "Model error", "error_code": "Error code"}
UNTOLD = {"category": "Skyvern names no category", "workflow": "Tasks, without a workflow",
          "site": "No site is known", "block": "No block is known", "model_error": "The model had no part in it",
          "error_code": "Without an error code"}
SHOWN = 100
TOLD = ("days", "by", "only", "groups", "rows", "total", "unread", "unreadable", "is_cut", "problem")


@bp.get("/failures")
def list_failures() -> Any:
    return render_template("runs/failures.html", **_face())


@bp.get("/failures/board")
def show_failure_board() -> Any:
    face = _face()
    told = [face[name] for name in TOLD]
    return conditional("runs/_failure_board.html", face, told)


def _face() -> dict[str, Any]:
    days, by, only = _days(), _dimension(), request.args.get("only")
    face: dict[str, Any] = {
        "days": days, "by": by, "only": only, "day_choices": rules.DAYS, "dimensions": list(LABELS.items()),
        "href": _href, "groups": [], "rows": [], "unread": 0, "unreadable": 0, "is_cut": False, "problem": None,
        "total": 0, "name": None, "repair_href": _repair_href(), "model_errors": BY_CODE, "shown": SHOWN,
        "board_href": "/runs/failures/board" + _query(days, by, only), "list_href": None,
    }
    try:
        upstream = skyvern()
        board = rules.board(upstream, days, scope())
    except SkyvernError as error:
        return face | {"problem": error.sentence}
    titles = _titles(upstream, board.failures) if by == "workflow" else {}
    groups = [(group, _name(by, group.key, titles), _list_href(by, group.key))
              for group in rules.groups(board.failures, by)]
    rows = [failure for failure in board.failures if only is not None and rules.value_of(failure, by) == only]
    return face | {
        "groups": [] if only is not None else groups, "rows": rows, "unread": board.unread,
        "unreadable": board.unreadable, "is_cut": board.is_cut, "total": board.total,
        "name": _name(by, only, titles) if only is not None else None,
        "list_href": _list_href(by, only) if only else None,
    }


def _days() -> int:
    text = request.args.get("days", "")
    return int(text) if text in map(str, rules.DAYS) else rules.USUAL_DAYS


def _dimension() -> str:
    by = request.args.get("by", "")
    return by if by in rules.DIMENSIONS else "category"


def _href(days: int, by: str, only: str | None = None) -> str:
    return "/runs/failures" + _query(days, by, only)


def _query(days: int, by: str, only: str | None) -> str:
    """Only what is not usual stands in the address."""
    said = [("days", str(days))] if days != rules.USUAL_DAYS else []
    said += [("by", by)] if by != "category" else []
    said += [("only", only)] if only is not None else []
    return "?" + urlencode(said) if said else ""


def _name(by: str, key: str, titles: dict[str, str]) -> str:
    if not key:
        return UNTOLD[by]
    if by == "category":
        return sentence_case(key)
    if by == "model_error" and key in BY_CODE:
        return BY_CODE[key].title
    return titles.get(key, key)


def _titles(upstream: Any, failures: list[Reading]) -> dict[str, str]:
    ids = list(dict.fromkeys(f.workflow_id for f in failures if f.workflow_id))
    named = {f.workflow_id: f.title for f in reversed(failures) if f.workflow_id and f.title}
    return named | {wpid: title for wpid, title in workflow_options(upstream, "", ids[:5]) if title != wpid}


def _list_href(by: str, key: str) -> str | None:
    """The same in the list of runs, where that can filter by it."""
    name = {"category": "category", "workflow": "workflow", "error_code": "error_code"}.get(by)
    if not name or not key or (name == "workflow" and not key.startswith("wpid_")):
        return None
    return "/runs?" + urlencode([*(("status", status) for status in FAILED_STATUSES), (name, key)])


def _repair_href() -> str | None:
    """Where the model is put right, for whoever may."""
    return "/doctor" if signed_in().is_admin else None
