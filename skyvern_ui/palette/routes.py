from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, render_template, request

from ..access import may_see_run, preferences, skyvern
from ..htmx import go_to_path
from ..request import signed_in
from ..runs.id_rules import Lead
from ..shell import nav
from ..skyvern.client import Skyvern
from ..skyvern.errors import SkyvernError
from .rules import LONGEST, Entry, Group, fitting, offered
from .sources import found

bp = Blueprint("palette", __name__, url_prefix="/palette")
NOT_YOURS = "There is no such run, or it is not yours to see."


@bp.get("")
def show_palette() -> Any:
    """The palette as a page. An id that leads somewhere leads there at once."""
    text, groups = _asked(), _groups()
    straight = next((group.entries[0].href for group in groups if group.key == "id" and group.entries), None)
    return go_to_path(straight) if straight else render_template("palette/show.html", q=text, groups=groups)


@bp.get("/results")
def show_results() -> Any:
    return render_template("palette/_results.html", q=_asked(), groups=_groups())


def _asked() -> str:
    """What was typed: `words` in the box on every page, whose own searches are called `q`."""
    typed = " ".join((request.args.get("words") or request.args.get("q", "")).split())
    return "".join(letter for letter in typed if letter.isprintable())[:LONGEST]


def _groups() -> list[Group]:
    """All that fits, the id first; nothing typed: what everybody can do here."""
    text, person = _asked(), signed_in()
    pages = [Entry(item["label"], item["href"], item["icon"]) for group in nav() for item in group["items"]]
    own = [fitting(group, text) for group in offered(pages, person.is_admin)]
    scope = person.id if preferences()["private_runs"] and not person.is_admin else None
    groups, lead = found(current_app._get_current_object(), _upstream(), text, scope,  # type: ignore[attr-defined]
                         person.is_admin)
    return [group for group in (_led(lead), *own, *groups) if group.entries or group.problem]


def _upstream() -> Skyvern | SkyvernError:
    try:
        return skyvern()
    except SkyvernError as error:
        return error


def _led(lead: Lead | None) -> Group:
    """Where an id leads, for this person."""
    here = Group("id", "This id")
    if lead is None:
        return here
    if lead.workflow:
        return Group("id", "This id", (Entry("Open this workflow", f"/workflows/{lead.workflow}", "workflow",
                                             note=lead.workflow, marked=(("Open this workflow", False),)),))
    if not lead.run_id:
        return Group("id", "This id", problem=lead.sentence)
    if not may_see_run(signed_in(), lead.run_id):
        return Group("id", "This id", problem=NOT_YOURS)
    return Group("id", "This id", (Entry("Open this run", f"/runs/{lead.run_id}", "play", note=lead.run_id,
                                         marked=(("Open this run", False),)),))
