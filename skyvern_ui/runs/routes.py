from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Response, abort, redirect, render_template, request, url_for

from ..access import find_run, skyvern
from ..conditional import conditional
from ..request import signed_in
from ..skyvern.errors import NoConnection, SkyvernError
from . import rules, timeline_rules
from .blueprint import bp
from .pages import TABS, content, face, recording, start, story, tabs
from .tag_pages import tags

OVER = {"HX-Trigger-After-Settle": "run-over"}


@bp.get("/<run_id>")
def show_run(run_id: str) -> Any:
    try:
        run = find_run(signed_in(), run_id)
    except NoConnection:
        raise
    except SkyvernError as error:
        return render_template("runs/away.html", run_id=run_id, sentence=error.sentence), error.status
    tab = request.args.get("tab", "overview")
    if tab not in dict(TABS):
        abort(404, "A run has no such tab.")
    return render_template("runs/show.html", tab=tab, tabs=tabs(), **face(run), **tags(run), **content(run, tab))


@bp.get("/<run_id>/header")
def show_header(run_id: str) -> Any:
    run = find_run(signed_in(), run_id)
    shown = face(run)
    told = {**shown, "run": replace(run, output=None)}  # it may hold addresses that are signed anew each time
    return conditional("runs/_header.html", shown, told, headers=OVER if run.is_over else {})


@bp.get("/<run_id>/timeline")
def show_timeline(run_id: str) -> Any:
    run = find_run(signed_in(), run_id)
    told = story(run)
    return conditional("runs/_timeline.html", {"run": run, **told}, [run.run_id, run.is_over, told])


@bp.get("/<run_id>/timeline/<key>")
def show_part(run_id: str, key: str) -> Any:
    """What is inside one entry, or the next entries of a level."""
    run = find_run(signed_in(), run_id)
    told = timeline_rules.story(skyvern(), run)
    of = None if key == "root" else timeline_rules.find(told, key)
    if of is None and key != "root":
        abort(404, "The timeline has no such entry.")
    until, first = request.args.get("to", ""), start()
    count = int(until) - (first or 0) if until.isascii() and until.isdigit() and len(until) < 8 else timeline_rules.PART
    grows = not run.is_over and of is not None and of.is_running
    part = timeline_rules.part(of.children if of else told, of, first, count, is_live=grows)
    if until:
        part = timeline_rules.before(part)
    polled = f"/runs/{run_id}/timeline/{key}" if grows and first is None else None
    return conditional("runs/_part.html", {"run": run, "part": part, "polled": polled}, [run_id, polled, part])


@bp.get("/<run_id>/recording")
def show_recording(run_id: str) -> Any:
    run = find_run(signed_in(), run_id)
    return conditional("runs/_recording.html", {"run": run, **recording(run)})


@bp.get("/<run_id>/still")
def show_still(run_id: str) -> Any:
    """The newest picture of the run, for when no live one can be had; 204 as long as there is none."""
    pictures = rules.screenshots(rules.artifacts_of(skyvern(), find_run(signed_in(), run_id)))
    if not pictures:
        return Response(status=204)
    return redirect(url_for("artifacts.show_artifact", artifact_id=pictures[-1].artifact_id), 303)
