from __future__ import annotations

from typing import Any

from flask import Response, abort, render_template, request
from werkzeug.datastructures import MultiDict

from ..audit import clean
from ..htmx import go_to_path
from ..models import SavedView
from ..request import actor, signed_in
from . import view_rules as rules
from .blueprint import bp
from .list_address import NOT_FILTERS, Pairs, address, is_filtered, pairs_of, query_of
from .listing import page_face

LONGEST_NAME = 60


@bp.post("/views")
def create_view() -> Any:
    pairs = _pairs()
    name, problem = _name()
    if not problem and not is_filtered(pairs):
        problem = "Filter the list first: a view is filters with a name."
    if not problem:
        try:
            view_id = rules.keep(actor(), name, query_of(pairs))
        except rules.CannotKeep as error:
            problem = str(error)
        else:
            return go_to_path(address([*pairs, ("view", view_id)]))
    return _again(pairs, name, problem)


@bp.post("/views/<view_id>/name")
def update_view_name(view_id: str) -> Any:
    view = _find(view_id)
    name, problem = _name()
    if not problem:
        try:
            rules.rename(actor(), view_id, name)
        except rules.CannotKeep as error:
            problem = str(error)
        else:
            return go_to_path(_address(view))
    return _again([*pairs_of(view.query), ("view", view_id)], name, problem)


@bp.post("/views/<view_id>/filters")
def update_view_filters(view_id: str) -> Any:
    view, pairs = _find(view_id), _pairs()
    if not is_filtered(pairs):
        abort(422, "Filter the list first: a view is filters with a name.")
    rules.overwrite(actor(), view.id, query_of(pairs))
    return go_to_path(address([*pairs, ("view", view_id)]))


@bp.post("/views/<view_id>/removal")
def delete_view(view_id: str) -> Any:
    rules.remove(actor(), _find(view_id).id)
    return go_to_path("/runs")


def _find(view_id: str) -> SavedView:
    return rules.view_of(signed_in().id, view_id) or abort(404, "There is no such view, or it is not yours.")


def _pairs() -> Pairs:
    return [(name, value) for name, value in pairs_of(request.form.get("query", "")) if name not in NOT_FILTERS]


def _name() -> tuple[str, str]:
    name = " ".join(clean(request.form.get("name", ""), 200).split())
    if not name:
        return name, "Give the view a name."
    return name, f"A name may be {LONGEST_NAME} characters long." if len(name) > LONGEST_NAME else ""


def _address(view: SavedView) -> str:
    return address([*pairs_of(view.query), ("view", view.id)])


def _again(pairs: Pairs, name: str, problem: str) -> Any:
    face = page_face(MultiDict(pairs)) | {"view_error": problem, "view_name": name}
    return Response(render_template("runs/list.html", **face), 422)
