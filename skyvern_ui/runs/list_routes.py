from __future__ import annotations

from typing import Any

from flask import Response, render_template, request

from ..access import may_see_run, skyvern
from ..conditional import conditional
from ..htmx import go_to, go_to_path
from ..request import is_htmx, signed_in
from ..skyvern.errors import SkyvernError
from .blueprint import bp
from .id_rules import follow
from .list_address import address, is_untidy, kept_pairs
from .listing import page_face, page_of, table, told, workflow_options


@bp.get("")
def list_runs() -> Any:
    kept = kept_pairs(request.args)
    if (lead := _lead(request.args.get("q", "").strip())) is not None:
        if lead.run_id and may_see_run(signed_in(), lead.run_id):
            return go_to("runs.show_run", run_id=lead.run_id)
        if lead.workflow:
            pairs = [*((n, v) for n, v in kept if n != "q"), ("workflow", lead.workflow)]
            return go_to_path(address(kept_pairs_of(pairs)))
    here = address(kept, page_of(request.args))
    if is_untidy(request.args) and not is_htmx():
        return go_to_path(here) if not request.args.get("find") else _page()
    return _page(here)


@bp.get("/table")
def show_table() -> Any:
    context = table(request.args)
    return conditional("runs/_table.html", context, told(context))


@bp.get("/workflows")
def list_workflow_choices() -> Any:
    """The workflows whose title fits what is being typed into the filter."""
    chosen = request.args.getlist("workflow")[:50]
    choices = workflow_options(skyvern(), request.args.get("find", ""), chosen)
    return render_template("runs/_workflow_choices.html", workflow_choices=choices, filters={"workflow": chosen})


def _page(here: str | None = None) -> Response:
    answer = Response(render_template("runs/list.html", **page_face(request.args)))
    if here and is_htmx():
        answer.headers["HX-Push-Url"] = here
    return answer


def _lead(text: str) -> Any:
    if not text:
        return None
    try:
        return follow(skyvern(), text)
    except SkyvernError:
        return None


def kept_pairs_of(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Each pair once."""
    return list(dict.fromkeys(pairs))
