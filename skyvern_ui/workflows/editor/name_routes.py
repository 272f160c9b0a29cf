from __future__ import annotations

from typing import Any

from flask import Response, abort, render_template, request

from ...aside import aside
from ...request import is_htmx
from ..blueprint import bp
from ..definition.changes import Impossible
from ..definition.references import mentions, rename_block, rename_parameter
from ..definition.walk import find, labels, parameters
from ..drafts.rules import Draft, TooLarge
from .answers import changed, values_of
from .opening import change, look

Json = dict[str, Any]
NAMED = {"block": rename_block, "parameter": rename_parameter}


@bp.get("/<wpid>/edit/name")
def edit_name(wpid: str) -> Any:
    what, name = _asked(request.args)
    return _page(look(wpid), what, name, name)


@bp.get("/<wpid>/edit/naming")
def show_naming(wpid: str) -> Any:
    """The same as a fragment, for the dialog."""
    what, name = _asked(request.args)
    return _page(look(wpid), what, name, name, is_fragment=True)


@bp.post("/<wpid>/edit/name")
def update_name(wpid: str) -> Any:
    what, name = _asked(request.form)
    new = request.form.get("new", "").strip()

    def apply(document: Json) -> tuple[Json, str]:
        _must_be(document, what, name)
        _must_fit(document, what, name, new)
        return aside(NAMED[what], document, name, new), f"{name} is now {new}"

    try:
        draft = change(wpid, apply)
    except (Impossible, TooLarge) as error:
        return _page(look(wpid), what, name, new, str(error), 422, is_htmx())
    if what == "parameter":
        return changed(draft, f"{name} is now {new}.", side="parameters", reloads=True, again=f"parameter:{new}")
    return changed(draft, f"{name} is now {new}.", card=new, reloads=True)


def _page(draft: Draft, what: str, name: str, new: str, problem: str = "", status: int = 200,
          is_fragment: bool = False) -> Any:
    _must_be(draft.document, what, name)
    template = "workflows/editor/_naming.html" if is_fragment else "workflows/editor/naming.html"
    body = render_template(template, what=what, name=name, new=new, problem=problem,
                           found=aside(mentions, draft.document, name), **values_of(draft))
    swaps = {"HX-Retarget": "#naming", "HX-Reswap": "outerHTML"} if status == 422 else {}
    return Response(body, status, headers=swaps)


def _asked(given: Any) -> tuple[str, str]:
    what, name = given.get("what", ""), given.get("name", "")
    return (what, name) if what in NAMED else abort(404, "Only blocks and parameters have names.")


def _must_be(document: Json, what: str, name: str) -> None:
    there = find(document, name) is not None if what == "block" else any(
        each.get("key") == name for each in parameters(document))
    if not there:
        abort(404, f"There is no such {what} in this draft.")


def _must_fit(document: Json, what: str, name: str, new: str) -> None:
    if not new.isidentifier():
        raise Impossible("A name has letters, digits and _ only, and does not begin with a digit.")
    keys = [str(each.get("key")) for each in parameters(document)]
    if what == "block" and f"{new}_output" in keys:
        raise Impossible(f"A parameter has the name of its output, {new}_output.")
    if what == "parameter" and new != name and new in [f"{label}_output" for label in labels(document)]:
        raise Impossible(f"{new} is the output of a block.")
