from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, abort, current_app, flash, render_template, request

from ..access import find_run, only_these_runs, skyvern
from ..extensions import db
from ..htmx import go_to, go_to_path
from ..models.reader import SignedIn
from ..request import actor, settings, signed_in
from ..skyvern.errors import Missing
from . import rules
from .forms import OUTCOME_WORDS, WORDS, WatchForm
from .letters import headline, page_of
from .outbox import claim_news

bp = Blueprint("notices", __name__, url_prefix="/notices")
WORKFLOW_ID = re.compile(r"wpid_[A-Za-z0-9]{1,60}")


@bp.get("")
def list_notices() -> Any:
    person = signed_in()
    mine = only_these_runs(person)  # of runs that became private, nothing is read any more
    watches, told = rules.list_watches(person.id), rules.list_notices(person.id)
    told = [each for each in told if _may_read(person, mine, each.run_id)]
    page = render_template("notices/list.html", watches=watches, notices=told, headline=headline, page_of=page_of,
                           outcome_words=OUTCOME_WORDS, other_words=WORDS, mail=settings().mail is not None)
    db.session.remove()
    return page


@bp.get("/new")
def new_watch() -> Any:
    run, workflow = request.args.get("run", ""), request.args.get("workflow", "")
    asked = {kind: "1" if request.args.get(kind) else "" for kind in rules.FOR_ADMINS}
    form = WatchForm(formdata=None, data={"run": run, "workflow": workflow, **asked})
    return _form(form, 200)


@bp.post("")
def create_watch() -> Any:
    form, person = WatchForm(), signed_in()
    target, about = _offered(form)
    if not form.validate_on_submit():
        return _form(form, 422, (target, about))
    kind = str(form.about.data)
    wish = rules.Wish(kind, target[kind], target[f"{kind}_title"], str(form.channel.data),
                      str(form.address.data or "") if form.channel.data == "webhook" else "",
                      str(form.outcomes.data), form.secret.data if form.channel.data == "webhook" else None)
    try:
        rules.watch(person.id, wish, current_app.extensions["sealer"], actor())
    except rules.TooMany:
        form.form_errors.append(f"You watch {rules.MOST_WATCHES} things already. Stop some of them first.")
        return _form(form, 422, (target, about))
    flash("You will be told" + (" about every later run of this workflow." if kind == "workflow" else "."), "ok")
    return go_to("runs.show_run", run_id=target["run"]) if target["run"] else go_to("notices.list_notices")


@bp.post("/<watch_id>/ending")
def create_ending(watch_id: str) -> Any:
    if not rules.stop(signed_in().id, watch_id, actor()):
        abort(404, "There is no such watch, or it is not yours.")
    flash("You will hear no more of it.", "ok")
    back = request.form.get("run", "")
    return go_to_path(f"/runs/{back}") if re.fullmatch(r"[a-z0-9_]{1,80}", back) else go_to("notices.list_notices")


@bp.post("/news")
def create_showing() -> Any:
    """What has not been shown yet, as the fragment that every page polls while there is something to wait for."""
    person = signed_in()
    mine = only_these_runs(person)
    news = [each for each in claim_news(person.id) if _may_read(person, mine, each[0])]
    wanted = rules.wants_browser_news(person.id)
    db.session.remove()
    if not news and wanted:
        return Response(status=204)
    return render_template("notices/_news.html", wants_news=wanted,
                           news=[(page_of(run_id), headline(occasion, content), content)
                                 for run_id, occasion, content in news])


def _may_read(person: SignedIn, mine: set[str] | None, run_id: str) -> bool:
    """Whether this may still be shown to this person; `mine` are the runs they are limited to."""
    return person.is_admin if rules.is_for_admins(run_id) else mine is None or rules.claimed_as(run_id) in mine


def _form(form: WatchForm, status: int, offered: Any = None) -> Any:
    target, about = offered or _offered(form)
    return render_template("notices/new.html", form=form, target=target, about=about,
                           mail=settings().mail is not None), status


def _offered(form: WatchForm) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """What can be watched from here: the run while it lives, and the workflow it belongs to, or the doctor, or
    the credits of services. 404 for none of them."""
    target = {"run": "", "run_title": "", "workflow": str(form.workflow.data or ""), "workflow_title": "",
              "doctor": rules.DOCTOR, "doctor_title": "What the doctor finds",
              "credits": rules.CREDITS, "credits_title": "The credits of services"}
    about: list[tuple[str, str]] = []
    for kind in rules.FOR_ADMINS:
        if form[kind].data:
            if not signed_in().is_admin:
                abort(403, "Only an admin may do this.")
            form.offer([(kind, target[f"{kind}_title"])], signed_in().email, settings().mail is not None)
            return target, [(kind, target[f"{kind}_title"])]
    if form.run.data:
        run = find_run(signed_in(), str(form.run.data))
        target |= {"run": run.run_id, "run_title": run.title}
        target["workflow"] = str(run.request.get("workflow_id") or "")
        target["workflow_title"] = str(run.request.get("title") or run.title)
        about += [] if run.is_over else [("run", "This run")]
    if WORKFLOW_ID.fullmatch(target["workflow"]):
        if not target["run"]:
            try:
                target["workflow_title"] = str(skyvern().get_workflow(target["workflow"]).get("title") or "")
            except Missing:
                abort(404, "There is no such workflow.")
        about.append(("workflow", "Every later run of this workflow"))
    if not about:
        abort(404 if not target["run"] else 409, "This run is over, so there is nothing to wait for."
              if target["run"] else "Say which run or workflow.")
    form.offer(about, signed_in().email, settings().mail is not None)
    return target, about
