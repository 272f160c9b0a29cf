from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import render_template, request

from ..access import skyvern
from ..skyvern.errors import SkyvernError
from . import rules
from .blueprint import bp
from .reading import may_open_runs, moment, standing, told_outcomes

MOST_CHOICES = 20


@bp.get("/schedules")
def list_schedules() -> Any:
    search, state = request.args.get("q", "").strip()[:200], request.args.get("status", "")
    size = _number("size", rules.USUAL_SIZE)
    size = size if size in rules.SIZES else rules.USUAL_SIZE
    state = state if state in rules.STATES else ""
    asked = {"q": search, "status": state, "size": size}
    page = max(1, _number("page", 1))
    values: dict[str, Any] = {"asked": asked, "sizes": rules.SIZES, "address": lambda number: _address(asked, number),
                              "may_open": may_open_runs(), "listing": None, "outcomes": {}, "problem": ""}
    try:
        listing = rules.list_page(skyvern(), search, state, page, size, moment())
        values |= {"listing": listing, "outcomes": told_outcomes([row.schedule for row in listing.rows])}
    except SkyvernError as error:
        values["problem"] = rules.sentence_of(error)
    return render_template("schedules/list.html", **values)


@bp.get("/workflows/<wpid>/schedules")
def list_schedules_of(wpid: str) -> Any:
    def draw(values: dict[str, Any]) -> str:
        found = skyvern().list_schedules_of(wpid)
        rows = [rules.row_of(each, moment()) for each in found]
        return render_template("schedules/of_workflow.html", rows=rows, outcomes=told_outcomes(found),
                               may_open=may_open_runs(), **values)

    return standing(wpid, draw)


@bp.get("/schedules/new")
def choose_workflow() -> Any:
    """A schedule belongs to a workflow: which one?"""
    search = request.args.get("q", "").strip()[:200]
    params = [("page", "1"), ("page_size", str(MOST_CHOICES)), *([("search_key", search)] if search else [])]
    values: dict[str, Any] = {"workflows": [], "problem": "", "search": search}
    try:
        values["workflows"] = skyvern().list_workflows(params)
    except SkyvernError as error:
        values["problem"] = error.sentence
    return render_template("schedules/choose.html", **values)


def _number(name: str, usual: int) -> int:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else usual


def _address(asked: dict[str, Any], page: int) -> str:
    kept = {"q": asked["q"], "status": asked["status"], "page": page if page > 1 else "",
            "size": asked["size"] if asked["size"] != rules.USUAL_SIZE else ""}
    query = urlencode({name: value for name, value in kept.items() if value})
    return f"/schedules?{query}" if query else "/schedules"
