from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, render_template, request

from ...access import find_workflow, skyvern, wpid_or_404
from ...aside import aside
from ...conditional import conditional
from ...htmx import fragment, go_to, go_to_path
from ...request import actor, is_htmx, signed_in
from ...runs.driving import Drive
from ...runs.viewing import by_client, driven, watched
from ...runs.vnc_driving import VncDrive
from ...skyvern.errors import Missing, NoConnection, Rejected, SkyvernError
from ...skyvern.values import Run
from ...sockets import sock
from ...tasks.rules import cancel
from ..blueprint import bp
from ..launch.inputs import inputs_of, read_inputs
from . import pages, rules
from .reach_rules import Reach
from .trial_rules import browser_of, follow, forget_trials, trials_of

GOING = "A try is still going on. Let it end, or stop it first."
CANNOT_EXTEND = "This release of Skyvern cannot give a browser more time. Open a new one when it ends."


@bp.get("/<wpid>/try")
def show_trying(wpid: str) -> Any:
    try:
        return render_template("workflows/trying/show.html",
                               **pages.trying(find_workflow(wpid), request.args.get("block", "")))
    except NoConnection:
        raise
    except SkyvernError as error:
        return render_template("workflows/away.html", wpid=wpid, sentence=error.sentence), error.status


@bp.get("/<wpid>/try/state")
def show_trial(wpid: str) -> Any:
    told = pages.state(find_workflow(wpid))
    run, trial = told["run"], told["trial"]
    data = [run and (run.run_id, run.status, run.failure_reason), trial and trial.status, told["trial_problem"],
            told["outputs"]]
    return conditional("workflows/trying/_state.html", told, data)


@bp.post("/<wpid>/try")
def create_trial(wpid: str) -> Any:
    """Runs a block (`alone`) or from a block (`onwards`), in the open browser or in one that is opened for it."""
    workflow = find_workflow(wpid)
    alone, onwards = request.form.get("alone", ""), request.form.get("onwards", "")
    reach = aside(pages.reached, workflow).get(alone or onwards, Reach(False))
    labels = (alone,) if alone and reach.alone else reach.onwards if onwards and not alone else ()
    if not labels:
        abort(422, reach.why or "This workflow has no block of that name that can be run alone.")
    inputs, upstream, who = inputs_of(workflow), skyvern(), actor()
    typed = {each.key: request.form.get(f"p-{each.key}", "") for each in inputs}
    values, wrong = read_inputs(inputs, typed)
    if wrong:
        return _refused(workflow, labels[0], typed, wrong, ("Not started yet.", "Look at the inputs."), 422)
    trials = trials_of(signed_in().id, wpid)
    last, _ = pages.latest(upstream, trials)
    if last is not None and not last.is_over:
        return _refused(workflow, labels[0], typed, {}, ("Not started.", GOING), 409)
    try:
        known = {label: value for label, _, value in pages.outputs_of(upstream, trials_of(signed_in().id, wpid))
                 if label not in labels}
        session_id = browser_of(signed_in().id, wpid)
        session, _ = pages.session_of(upstream, session_id)
        is_new = session is None or session.status in pages.ENDED
        here = rules.open_browser(upstream, wpid, who) if is_new else str(session_id)
        rules.start_trial(upstream, workflow, labels, values, known, here, who)
    except SkyvernError as error:
        title = "Skyvern did not accept this." if isinstance(error, Rejected) else "It was not started."
        return _refused(workflow, labels[0], typed, {}, (title, error.sentence),
                        422 if isinstance(error, Rejected) else error.status)
    if is_htmx() and not is_new:
        return fragment("workflows/trying/_state.html", toast="Started.", **pages.state(workflow))
    return go_to("workflows.show_trying", wpid=wpid, block=labels[0])


@bp.post("/<wpid>/try/next")
def create_next_trial(wpid: str) -> Any:
    """The block after the one that has ended well. The page asks by itself; of several windows one is heard."""
    workflow, upstream = find_workflow(wpid), skyvern()
    trials = trials_of(signed_in().id, wpid)
    run, _ = pages.latest(upstream, trials)
    session_id = browser_of(signed_in().id, wpid)
    problem = None
    if run is not None and run.status == "completed" and trials[0].onwards and session_id and \
            request.form.get("after") == run.run_id and follow(run.run_id):
        rest, given = tuple(trials[0].onwards), run.request.get("parameters")
        known = {label: value for label, _, value in pages.outputs_of(upstream, trials_of(signed_in().id, wpid))}
        try:
            rules.start_trial(upstream, workflow, rest, given if isinstance(given, dict) else {}, known, session_id,
                              actor())
        except SkyvernError as error:
            problem = (f"{rest[0]} was not started.", error.sentence)
    if is_htmx():
        return fragment("workflows/trying/_state.html", problem=problem, **pages.state(workflow))
    if problem:
        flash(" ".join(problem), "warn")
    return go_to("workflows.show_trying", wpid=wpid)


@bp.post("/<wpid>/try/stop")
def create_trial_stop(wpid: str) -> Any:
    """Ends the try that is going on; its browser stays open."""
    workflow = find_workflow(wpid)
    run, _ = pages.latest(skyvern(), trials_of(signed_in().id, wpid))
    if run is not None:
        follow(run.run_id)
        cancel(skyvern(), run, actor())
    if is_htmx():
        return fragment("workflows/trying/_state.html", **pages.state(workflow))
    return go_to("workflows.show_trying", wpid=wpid)


@bp.post("/<wpid>/try/outputs/removal")
def delete_trials(wpid: str) -> Any:
    wpid_or_404(wpid)
    forget_trials(actor(), wpid)
    flash("Forgotten. The next block starts without them.", "ok")
    return go_to("workflows.show_trying", wpid=wpid)


@bp.post("/<wpid>/try/browser")
def create_trial_browser(wpid: str) -> Any:
    """A new browser; the one before, if any, is closed."""
    find_workflow(wpid)
    if (old := browser_of(signed_in().id, wpid)) is not None:
        rules.close_browser(skyvern(), wpid, old, actor())
    rules.open_browser(skyvern(), wpid, actor())
    return _back(wpid)


@bp.post("/<wpid>/try/browser/closing")
def create_trial_browser_closing(wpid: str) -> Any:
    wpid_or_404(wpid)
    if (old := browser_of(signed_in().id, wpid)) is not None:
        rules.close_browser(skyvern(), wpid, old, actor())
    return _back(wpid)


@bp.post("/<wpid>/try/browser/extension")
def create_trial_browser_extension(wpid: str) -> Any:
    session_id = browser_of(signed_in().id, wpid_or_404(wpid)) or abort(409, "No browser is open.")
    try:
        rules.extend_browser(skyvern(), wpid, session_id, actor())
        flash("Half an hour more.", "ok")
    except Missing:
        flash(CANNOT_EXTEND, "warn")
    except Rejected as error:
        flash(error.sentence, "warn")
    return _back(wpid)


@sock.route("/<wpid>/try/frames", bp)
def watch_trial_browser(wpid: str) -> Any:
    """What this person's browser for trying shows. Nobody else has its address."""
    return watched(_browser(wpid))


@sock.route("/<wpid>/try/control", bp)
def drive_trial_browser(wpid: str) -> Any:
    return driven(_browser(wpid), lambda key, **more: Drive(
        key=key, **more, open_upstream=by_client("cdp_input", key)))


@sock.route("/<wpid>/try/vnc", bp)
def drive_trial_browser_by_vnc(wpid: str) -> Any:
    return driven(_browser(wpid), lambda key, **more: VncDrive(
        key=key, **more, open_upstream=by_client("vnc", key), open_messages=by_client("messages", key)))


def _browser(wpid: str) -> Run:
    """The open browser as the sockets of runs know one."""
    session_id = browser_of(signed_in().id, wpid_or_404(wpid)) or abort(404, "No browser is open here.")
    return Run.from_json({"run_id": session_id, "browser_session_id": session_id, "status": "running"})


def _back(wpid: str) -> Response | Any:
    return go_to_path(f"/workflows/{wpid}/try")


def _refused(workflow: Any, label: str, typed: dict[str, str], wrong: dict[str, str], problem: tuple[str, str],
             status: int) -> Any:
    if is_htmx():
        told = [f"{key}: {sentence}" for key, sentence in wrong.items()]
        told_problem = (problem[0], " ".join(told) or problem[1])
        return render_template("workflows/trying/_state.html", problem=told_problem, **pages.state(workflow)), 422
    return render_template("workflows/trying/show.html",
                           **pages.trying(workflow, label, typed, wrong, problem)), status
