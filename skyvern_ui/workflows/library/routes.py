from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, render_template, request

from ...access import skyvern, wpid_or_404
from ...auth.next_page import HOME, next_page
from ...htmx import fragment, go_to_path
from ...presses import made_once
from ...request import actor, is_htmx, signed_in
from ..blueprint import bp
from .address import address, is_untidy, kept_pairs, page_of
from .bulk_rules import Outcome, copy_all, delete_all, template_all
from .list_rules import favourites_of, mark
from .listing import page_face, table


@bp.get("")
def list_workflows() -> Any:
    here = address(kept_pairs(request.args), page_of(request.args))
    if is_untidy(request.args) and not is_htmx():
        return go_to_path(here)
    answer = Response(render_template("workflows/index.html", **page_face(request.args)))
    if is_htmx():
        typing = request.headers.get("HX-Trigger-Name") == "q" and "q=" in request.headers.get("HX-Current-URL", "")
        answer.headers["HX-Replace-Url" if typing else "HX-Push-Url"] = here
    return answer


@bp.get("/list")
def show_list() -> Any:
    return render_template("workflows/_list.html", **table(request.args))


@bp.post("/<wpid>/favourite")
def update_favourite(wpid: str) -> Any:
    wanted, person = request.form.get("on") == "1", signed_in()
    if wanted and len(favourites_of(person.id)) >= 500:
        abort(422, "At most 500 workflows can be favourites. Take a star away first.")
    mark(person.id, wpid_or_404(wpid), wanted)
    if is_htmx():
        return fragment("workflows/_star.html", wpid=wpid, is_favourite=wanted)
    return _back(f"/workflows/{wpid}")


@bp.post("/<wpid>/copies")
@made_once()
def create_copy(wpid: str) -> Any:
    title = request.form.get("title", "").strip()[:255] or None
    done = _one(copy_all(skyvern(), [wpid_or_404(wpid)], actor(), title))
    flash(f"This is the copy of {done.title}." + (f" {done.note}" if done.note else ""), "warn" if done.note else "ok")
    return go_to_path(f"/workflows/{done.made}/edit" if request.form.get("then") == "edit"
                      else f"/workflows/{done.made}")


@bp.post("/<wpid>/template")
def update_template(wpid: str) -> Any:
    wanted = request.form.get("is_template") == "1"
    done = _one(template_all(skyvern(), [wpid_or_404(wpid)], wanted, actor()))
    flash(done.note or f"{done.title} is {'a template now' if wanted else 'no template any more'}.", "ok")
    return _back(f"/workflows/{wpid}")


@bp.post("/<wpid>/deletion")
def create_deletion(wpid: str) -> Any:
    done = _one(delete_all(skyvern(), [wpid_or_404(wpid)], actor()))
    flash(f"{done.title} is deleted. Its runs stay.", "ok")
    return _back("/workflows")


def _one(outcomes: list[Outcome]) -> Outcome:
    """The outcome for one workflow, when it is good; else an error page with its sentence."""
    done = outcomes[0]
    if done.problem:
        is_gone = done.problem.startswith("There is no such workflow")
        abort(404 if is_gone else 504 if done.is_unknown else 502, done.problem)
    return done


def _back(otherwise: str) -> Any:
    wanted = next_page(request.form.get("next"))
    return go_to_path(otherwise if wanted == HOME else wanted)
