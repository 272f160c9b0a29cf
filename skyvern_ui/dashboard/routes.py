from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template

from ..access import claims_of, only_these_runs, skyvern
from ..guard import anonymous
from ..request import signed_in
from ..runs.list_rules import reasons
from ..skyvern.client import Skyvern
from ..skyvern.errors import NoConnection, SkyvernError
from ..skyvern.values.library import WorkflowRow
from ..workflows.library.list_rules import favourites_of, shelf
from . import rules

bp = Blueprint("dashboard", __name__)
WORKFLOWS_SHOWN = 5


@bp.get("/")
@anonymous  # it only leads on; what it leads to is guarded
def show_root() -> Any:
    return redirect("/dashboard", 303)


@bp.get("/dashboard")
def show_dashboard() -> Any:
    only, starred = only_these_runs(signed_in()), favourites_of(signed_in().id)
    try:
        upstream = skyvern()
        running, failures = rules.live_runs(upstream, only), rules.failed_runs(upstream, only)
        figures = rules.figures(upstream, running, only)
        workflows, are_favourites = _shelf(upstream, starred)
    except SkyvernError as error:
        checklist = _checklist(False, False) if isinstance(error, NoConnection) else None
        return render_template("dashboard/show.html", figures=[], running=[], failures=[], owners={}, reasons={},
                               workflows=[], are_favourites=False, checklist=checklist, live=False,
                               problem=error.sentence)
    owners = claims_of([row.run_id for row in (*running, *failures)])
    started = bool(running or failures) or any(f.label.startswith("Runs") and f.value != "0" for f in figures)
    return render_template(
        "dashboard/show.html", figures=_rows(figures), running=running, failures=failures, owners=owners,
        reasons=reasons(upstream, failures), checklist=None if started else _checklist(True, False),
        workflows=workflows, are_favourites=are_favourites, live=bool(running), problem=None,
    )


@bp.get("/dashboard/figures")
def show_figures() -> Any:
    upstream, only = skyvern(), only_these_runs(signed_in())
    running = rules.live_runs(upstream, only)
    return render_template("dashboard/_figures.html", figures=_rows(rules.figures(upstream, running, only)),
                           live=bool(running))


@bp.get("/dashboard/running")
def show_running() -> Any:
    runs = rules.live_runs(skyvern(), only_these_runs(signed_in()))
    return render_template("dashboard/_running.html", runs=runs, owners=claims_of([r.run_id for r in runs]),
                           live=bool(runs))


@bp.get("/dashboard/failures")
def show_failures() -> Any:
    upstream, only = skyvern(), only_these_runs(signed_in())
    runs = rules.failed_runs(upstream, only)
    return render_template("dashboard/_failures.html", runs=runs, owners=claims_of([r.run_id for r in runs]),
                           reasons=reasons(upstream, runs), live=bool(rules.live_runs(upstream, only)))


def _shelf(upstream: Skyvern, starred: set[str]) -> tuple[list[WorkflowRow], bool]:
    """The workflows to begin with; none while Skyvern cannot list them: the rest of the page does not need it."""
    try:
        return shelf(upstream, starred, WORKFLOWS_SHOWN)
    except SkyvernError:
        return [], False


def _rows(figures: list[rules.Figure]) -> list[tuple[str, str, str, str]]:
    return [(f.label, f.value, f.note, f.href) for f in figures]


def _checklist(connected: bool, started: bool) -> list[tuple[str, bool, str | None]]:
    return [("Create your account", True, None),
            ("Connect Skyvern", connected, "/settings" if signed_in().is_admin else None),
            ("Start a first task", started, "/tasks")]
