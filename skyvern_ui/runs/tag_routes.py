from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort, render_template, request

from ..access import find_run, skyvern
from ..htmx import fragment, go_to
from ..request import actor, is_htmx, signed_in
from ..skyvern.values.tag import BadTag, Tag, parse_tag
from .blueprint import bp
from .bulk_rules import Outcome, tag_all, untag_all
from .listing import scope
from .tag_pages import tags


@bp.get("/<run_id>/tags")
def show_tags(run_id: str) -> Any:
    run = find_run(signed_in(), run_id)
    return render_template("runs/_tags.html", run=run, problem="", typed="", **tags(run))


@bp.post("/<run_id>/tags")
def create_run_tag(run_id: str) -> Any:
    return _change(run_id, lambda tag: tag_all(skyvern(), [run_id], tag, actor(), scope()))


@bp.post("/<run_id>/tags/removal")
def delete_run_tag(run_id: str) -> Any:
    return _change(run_id, lambda tag: untag_all(skyvern(), [run_id], tag, actor(), scope()))


def _change(run_id: str, act: Callable[[Tag], list[Outcome]]) -> Any:
    run, typed = find_run(signed_in(), run_id), request.form.get("tag", "").strip()[:400]
    try:
        problem = act(parse_tag(typed))[0].problem
    except BadTag as error:
        problem = str(error)
    if is_htmx():
        return fragment("runs/_tags.html", 422 if problem else 200, run=run, problem=problem,
                        typed=typed if problem else "", **tags(run))
    return abort(422, problem) if problem else go_to("runs.show_run", run_id=run_id)
