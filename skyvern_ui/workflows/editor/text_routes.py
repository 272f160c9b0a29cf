from __future__ import annotations

import json
from typing import Any

from flask import Response, render_template, request

from ...aside import aside
from ...htmx import go_to_path
from ...request import is_htmx
from ..blueprint import bp
from ..definition.document import BadText, as_text, from_text
from ..definition.references import hints
from ..drafts.rules import Draft, TooLarge
from .answers import page, path_of, side_values, values_of
from .cards import board_of, digest
from .opening import change, look
from .values import plain

Json = dict[str, Any]
LARGEST = 8 * 1024 * 1024  # bytes of a form with a text of two million characters, escaped


class Changed(Exception):
    """The draft is not any more what the text was drawn from."""


@bp.url_value_preprocessor
def let_the_text_be_long(endpoint: str | None, _values: Json | None) -> None:
    """Forms are half a megabyte at most, but for this one; it is read before any view is asked."""
    if endpoint == "workflows.update_text":
        request.max_form_memory_size = LARGEST


@bp.post("/<wpid>/edit/text")
def update_text(wpid: str) -> Any:
    text, seen = plain(request.form.get("text", "")), request.form.get("over") or request.form.get("seen")
    try:
        document = aside(from_text, text)
    except BadText as error:
        where = (error.line, error.column) if error.line else None
        return _again(look(wpid), text, 422, str(error), where)

    def apply(before: Json) -> tuple[Json, str]:
        if seen != digest(before):
            raise Changed
        return document, "Text"

    try:
        draft = change(wpid, apply)
    except Changed:
        return _again(look(wpid), text, 409, "", None)
    except TooLarge as error:
        return _again(look(wpid), text, 422, str(error), None)
    if not is_htmx():
        return go_to_path(path_of(wpid, side="text"))
    return _side(draft, as_text(draft.document), 200, "", None, {"draft-changed": {
        "reloads": True, "blocks": True, "typed": "text:"}})


@bp.get("/<wpid>/edit/hints")
def list_hints(wpid: str) -> Any:
    """What may be written between braces in this block; every one, because the page narrows them down as you type."""
    found = hints(look(wpid).document, request.args.get("block", ""))
    return render_template("workflows/editor/_hints.html", hints=found)


def _again(draft: Draft, text: str, status: int, problem: str, where: tuple[int, int] | None) -> Any:
    """The text as it was typed, with what is wrong; 409: the draft was changed in another window."""
    if is_htmx():
        return _side(draft, text, status, problem, where, {})
    return page(draft, status, side="text", problem="", typed_text=text, text_problem=problem, text_where=where,
                text_clash=status == 409)


def _side(draft: Draft, text: str, status: int, problem: str, where: tuple[int, int] | None, triggers: Json) -> Any:
    board = board_of(draft.document)
    values = values_of(draft, board, side="text", **side_values(draft, board, "text"))
    values |= {"text": text, "text_problem": problem, "text_where": where, "text_clash": status == 409}
    body = render_template("workflows/editor/_text.html", **values)
    response = Response(body, status)
    if triggers:
        response.headers["HX-Trigger"] = json.dumps(triggers)
    return response
