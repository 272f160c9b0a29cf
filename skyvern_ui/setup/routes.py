from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, jsonify, redirect, render_template

from ..access import connections
from ..auth.cookie import set_session_cookie
from ..auth.forms import email_address
from ..auth.limits import TooMany
from ..auth.rules import WeakPassword
from ..extensions import csrf
from ..guard import admin_only, anonymous, public
from ..json_body import JsonBody
from ..request import actor, settings
from ..settings.connecting import connect, connection_page
from ..settings.probe_rules import test_connection
from ..settings.rules import KeyNeeded, save_connection
from ..skyvern.connection import clean_key, clean_url
from .forms import AdminForm
from .rules import AlreadySetUp, WrongToken, check_token, needs_setup, set_up

bp = Blueprint("setup", __name__)


@bp.get("/setup")
@public  # before setup nobody can sign in
def show_setup() -> Any:
    if not needs_setup():
        return redirect("/login", 303)
    return render_template("setup/admin.html", form=AdminForm(formdata=None), wants_token=bool(settings().setup_token))


@bp.post("/setup")
@public  # before setup nobody can sign in
def create_admin() -> Any:
    form = AdminForm()
    if not needs_setup():
        return redirect("/login", 303)
    if form.validate_on_submit():
        try:
            check_token(settings().setup_token, form.setup_token.data, actor())
            _, token = set_up(form.name.data or "", form.email.data or "", form.password.data or "", actor(),
                              settings().session_seconds)
        except WrongToken:
            form.setup_token.errors = ["This is not the setup token. It is in the server's SETUP_TOKEN setting."]
        except TooMany:
            form.setup_token.errors = ["Too many tries. Wait a minute, then try again."]
        except WeakPassword as error:
            form.password.errors = [str(error)]
        except AlreadySetUp:
            return redirect("/login", 303)
        else:
            response = redirect("/setup/connection", 303)
            set_session_cookie(response, token)
            return response
    return render_template("setup/admin.html", form=form, wants_token=bool(settings().setup_token)), 422


@bp.get("/setup/connection")
@admin_only
def show_connection() -> Any:
    return connection_page("setup/connection.html")


@bp.post("/setup/connection")
@admin_only
def create_connection() -> Any:
    return connect("setup/connection.html", "/setup/done")


@bp.get("/setup/done")
@admin_only
def show_done() -> Any:
    return render_template("setup/done.html")


@bp.get("/api/setup/status")
@anonymous  # a client asks this before anybody can sign in; the answer is one bit
def show_status() -> Any:
    return jsonify(needsSetup=needs_setup())


@bp.post("/api/setup")
@csrf.exempt
@public  # before setup nobody can sign in
def create_setup() -> Any:
    body = JsonBody.read(("name", "email", "password", "skyvernApiKey", "skyvernApiUrl", "setupToken"))
    if not needs_setup():
        return jsonify(error="This installation is set up already.", code="already_set_up"), 403
    body.require("name", 100)
    body.require("email", 320, email_address)
    body.require("password", 1024)
    url, key = _wanted_connection(body)
    if not body.errors:
        try:
            check_token(settings().setup_token, body.text("setupToken"), actor())
            user, token = set_up(body.text("name"), body.text("email"), body.text("password"), actor(),
                                 settings().session_seconds)
        except WeakPassword as error:
            body.errors["password"] = str(error)
        except WrongToken:
            return jsonify(error="The setup token is missing or wrong.", code="wrong_setup_token"), 403
        except TooMany as error:
            return jsonify(error="Too many tries.", code="too_many"), 429, {"Retry-After": str(error.retry_after)}
        except AlreadySetUp:
            return jsonify(error="This installation is set up already.", code="already_set_up"), 403
    if body.errors:
        return jsonify(error="Some fields are missing or wrong.", code="invalid", fields=body.errors), 422
    warning = _save(url, key)
    response = jsonify(success=True, user={"id": user.id, "name": user.name, "email": user.email, "role": user.role},
                       **({"warning": warning} if warning else {}))
    set_session_cookie(response, token)
    return response


def _wanted_connection(body: JsonBody) -> tuple[str | None, str | None]:
    url = None
    try:
        url = clean_url(body.text("skyvernApiUrl")) if body.text("skyvernApiUrl") else settings().skyvern_api_url
    except ValueError as error:
        body.errors["skyvernApiUrl"] = str(error)
    key = clean_key(body.text("skyvernApiKey")) or None
    if key and not url:
        url = "http://localhost:8000"
    return url, key


def _save(url: str | None, key: str | None) -> str | None:
    """Stores the connection that came with the setup; what is wrong with it, if anything."""
    if not url or not key:
        return None
    try:
        save_connection(current_app.extensions["sealer"], url, key, actor(), connections().settings.skyvern_api_url)
    except KeyNeeded:
        return "The connection was not saved: the key is missing."
    verdict = test_connection(url, key, settings())
    return None if verdict.ok else f"{verdict.title}. {verdict.sentence}"


