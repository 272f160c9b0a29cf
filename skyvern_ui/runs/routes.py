from __future__ import annotations

import json
from typing import Any

from flask import Response, abort, redirect, render_template, request, url_for

from ..access import find_run, skyvern
from ..htmx import fragment, go_to
from ..request import actor, is_htmx, signed_in
from ..tasks.rules import cancel, start_again
from . import rules
from .blueprint import bp
from .pages import TABS, content, face, tabs

OVER = {"HX-Trigger-After-Settle": "run-over"}


@bp.get("/<run_id>")
def show_run(run_id: str) -> Any:
    run = find_run(signed_in(), run_id)
    tab = request.args.get("tab", "overview")
    if tab not in dict(TABS):
        abort(404, "A run has no such tab.")
    return render_template("runs/show.html", tab=tab, tabs=tabs(), **face(run), **content(run, tab))


@bp.get("/<run_id>/header")
def show_header(run_id: str) -> Any:
    run = find_run(signed_in(), run_id)
    return Response(render_template("runs/_header.html", **face(run)), headers=OVER if run.is_over else {})


@bp.get("/<run_id>/timeline")
def show_timeline(run_id: str) -> Any:
    run = find_run(signed_in(), run_id)
    return render_template("runs/_timeline.html", run=run, **content(run, "overview"))


@bp.get("/<run_id>/recording")
def show_recording(run_id: str) -> Any:
    run = find_run(signed_in(), run_id)
    return render_template("runs/_recording.html", run=run, **content(run, "recording"))


@bp.get("/<run_id>/still")
def show_still(run_id: str) -> Any:
    """The newest picture of the run, for when no live one can be had; 204 as long as there is none."""
    pictures = rules.screenshots(skyvern().list_artifacts(find_run(signed_in(), run_id).run_id))
    if not pictures:
        return Response(status=204)
    return redirect(url_for("artifacts.show_artifact", artifact_id=pictures[-1].artifact_id), 303)


@bp.get("/<run_id>/output.json")
def show_output(run_id: str) -> Any:
    run = find_run(signed_in(), run_id)
    text = json.dumps(run.output, indent=2, ensure_ascii=False)
    headers = {"Content-Disposition": f'attachment; filename="{run.run_id}-output.json"'}
    return Response(text, mimetype="application/json", headers=headers)


@bp.post("/<run_id>/cancellation")
def create_cancellation(run_id: str) -> Any:
    run = find_run(signed_in(), run_id)
    cancel(skyvern(), run, actor())
    if is_htmx():
        return fragment("runs/_header.html", toast="Cancelled.", **face(find_run(signed_in(), run_id)))
    return go_to("runs.show_run", run_id=run_id)


@bp.post("/<run_id>/repetition")
def create_repetition(run_id: str) -> Any:
    run = find_run(signed_in(), run_id)
    if not run.can_rerun:
        abort(409, "Skyvern does not say what this run was asked, so it cannot be asked again.")
    return go_to("runs.show_run", run_id=start_again(skyvern(), run, actor()).run_id)
