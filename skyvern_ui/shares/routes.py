from __future__ import annotations

import re
from typing import Any, NoReturn

from flask import Blueprint, Response, abort, flash, render_template, request, url_for

from ..access import find_run, latest_connection, latest_preferences, run_id_or_404
from ..audit import Actor
from ..auth.limits import TooMany
from ..conditional import conditional
from ..guard import admin_only, public
from ..htmx import go_to
from ..relay.artifact import refuse_as_code
from ..request import actor, client_ip, request_id, settings, signed_in
from ..skyvern.client import Skyvern
from ..skyvern.errors import Missing, SkyvernError
from . import guest, rules
from .bytes import serve
from .forms import ShareForm
from .rules import Shared

bp = Blueprint("shares", __name__)
ARTIFACT_ID = re.compile(r"a_[0-9]{1,24}")
GONE = "This link does not work any more, or it never did. Ask whoever sent it for a new one."
AWAY = "The run cannot be shown just now. Try again in a moment."
OFTEN = "Too many tries. Wait a minute, then try again."


@bp.get("/runs/<run_id>/shares")
def list_shares(run_id: str) -> Any:
    return _page(run_id, ShareForm(formdata=None))


@bp.post("/runs/<run_id>/shares")
def create_share(run_id: str) -> Any:
    run, form = find_run(signed_in(), run_id), ShareForm()
    if not form.validate_on_submit():
        return _page(run_id, form, status=422)
    try:
        share_id = rules.create_share(run.run_id, form.lasts.data, bool(form.shows_inputs.data), actor())
    except rules.TooManyLinks:
        abort(409, f"This run has {rules.MOST_OF_A_RUN} links that work. Revoke one before you make another.")
    path = url_for("shares.show_shared", token=rules.token_of(share_id, settings().secret_keys))
    base = settings().public_url or request.host_url.rstrip("/")
    return _page(run_id, ShareForm(formdata=None), link=base + path, status=201)


@bp.post("/runs/<run_id>/shares/<share_id>/revocation")
def create_revocation(run_id: str, share_id: str) -> Any:
    person = signed_in()  # Skyvern is not asked: a link must end also while it is away, or has lost the run
    share = rules.share_of(run_id_or_404(person, run_id), share_id) or abort(404, "There is no such link.")
    if share.created_by != person.id and not person.is_admin:
        abort(403, f"Only {share.created_by_name} or an admin may revoke this link.")
    flash("The link does not work any more." if rules.revoke_share(share_id, actor()) else
          "The link had been revoked already.", "ok")
    return go_to("shares.list_shares", run_id=run_id)


@bp.get("/settings/shares")
@admin_only
def list_all_shares() -> Any:
    return render_template("shares/all.html", rows=rules.list_shares())


@bp.get("/shared/<token>")
@public  # a guest has a link and no account; rules.find decides
def show_shared(token: str) -> Any:
    shared = _shared(token)
    return render_template("shares/show.html", token=token, shared=shared, run=_run(shared))


@bp.get("/shared/<token>/run")
@public  # what the guest's page polls
def show_shared_run(token: str) -> Any:
    shared = _shared(token)
    return conditional("shares/_run.html", {"token": token, "run": _run(shared)})


@bp.get("/shared/<token>/artifacts/<artifact_id>")
@public  # the pictures and films of the run that the link is for
def show_shared_artifact(token: str, artifact_id: str) -> Any:
    refuse_as_code(dict(request.headers))
    shared = _shared(token)
    try:
        there = latest_connection()
        if not ARTIFACT_ID.fullmatch(artifact_id) or not guest.may_show(Skyvern(there), shared.run_id, artifact_id):
            _refuse(404)
        return serve(there, artifact_id)
    except SkyvernError as error:
        _refuse(404 if isinstance(error, Missing) else error.status)


@bp.after_request
def keep_to_itself(response: Response) -> Response:
    """The address is the key: it must not travel to a site that the run's output links to."""
    if request.path.startswith("/shared/"):
        response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _shared(token: str) -> Shared:
    """What the link opens, noted; or the one calm page for every link that opens nothing."""
    try:
        private = latest_preferences()["private_runs"]
        shared = rules.find(token, settings().secret_keys, private_runs=private, ip=client_ip())
    except rules.Unknown:
        _refuse(404)
    except rules.Ended:
        _refuse(410)
    except TooMany as error:
        _refuse(429, retry_after=error.retry_after)
    guest_ = Actor("link", shared.share_id, "shared link", client_ip(), request.headers.get("User-Agent"), None,
                   request_id())
    rules.note_opening(shared, guest_)
    return shared


def _run(shared: Shared) -> guest.GuestRun:
    try:
        return guest.view(Skyvern(latest_connection()), shared.run_id, rules.people_addresses(),
                          shows_inputs=shared.shows_inputs)
    except Missing:
        _refuse(410)
    except SkyvernError as error:
        _refuse(error.status if error.status >= 500 else 502)


def _refuse(status: int, retry_after: int | None = None) -> NoReturn:
    sentence = OFTEN if status == 429 else AWAY if status >= 500 else GONE
    headers = {"Retry-After": str(retry_after)} if retry_after else {}
    abort(Response(render_template("shares/gone.html", sentence=sentence), status, headers))


def _page(run_id: str, form: ShareForm, link: str | None = None, status: int = 200) -> Any:
    run = find_run(signed_in(), run_id)
    rows = rules.list_shares(run.run_id)
    return render_template("shares/list.html", run=run, form=form, link=link, rows=rows), status
