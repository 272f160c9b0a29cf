from __future__ import annotations

from typing import Any

from flask import flash, render_template, request

from ...access import find_workflow, skyvern, wpid_or_404
from ...conditional import conditional
from ...htmx import go_to
from ...recorded import send_recorded
from ...request import actor
from ...skyvern.errors import Missing, NoConnection, SkyvernError
from ..blueprint import bp
from ..head import head_of
from .pages import overview
from .run_pages import runs_page, runs_table


@bp.get("/<wpid>")
def show_workflow(wpid: str) -> Any:
    return shown(wpid, lambda workflow: render_template("workflows/show.html", **overview(workflow)))


@bp.get("/<wpid>/runs")
def list_runs_of_workflow(wpid: str) -> Any:
    return shown(wpid, lambda workflow: render_template("workflows/runs.html", **runs_page(workflow, request.args)))


@bp.get("/<wpid>/runs/table")
def show_runs_table(wpid: str) -> Any:
    context, told = runs_table(wpid_or_404(wpid), request.args)
    return conditional("workflows/_runs_table.html", context, told)


@bp.get("/<wpid>/profile")
def show_profile_reset(wpid: str) -> Any:
    return shown(wpid, lambda workflow: render_template("workflows/profile.html", head=head_of(workflow, "profile"),
                                                        keeps_browser=bool(workflow.get("persist_browser_session"))))


@bp.post("/<wpid>/profile")
def create_profile_reset(wpid: str) -> Any:
    """The next run begins with an empty browser; what was saved of the last one is gone."""
    find_workflow(wpid)
    try:
        send_recorded(lambda: skyvern().reset_browser_profile(wpid), actor(), "browser_profile.reset", wpid,
                      resource="workflow")
    except Missing:
        flash("This release of Skyvern cannot reset saved browser profiles (that came with 1.0.32).", "warn")
        return go_to("workflows.show_profile_reset", wpid=wpid)
    flash("The saved browser profile is reset. The next run begins with an empty browser.", "ok")
    return go_to("workflows.show_workflow", wpid=wpid)


def shown(wpid: str, draw: Any) -> Any:
    """The page of a workflow, or the page that says why it cannot be read; 404 when there is none."""
    try:
        return draw(find_workflow(wpid))
    except NoConnection:
        raise
    except SkyvernError as error:
        return render_template("workflows/away.html", wpid=wpid, sentence=error.sentence), error.status
