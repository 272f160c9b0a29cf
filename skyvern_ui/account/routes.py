from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template

from ..auth.limits import TooMany
from ..auth.next_page import next_page
from ..auth.rules import (
    WeakPassword,
    WrongCredentials,
    change_password,
    list_sessions,
    revoke_session,
    revoke_sessions,
)
from ..guard import public
from ..htmx import go_to
from ..request import actor, is_htmx, settings, signed_in
from ..users.rules import rename
from .forms import ChangePasswordForm, NameForm, ThemeForm

bp = Blueprint("account", __name__)


@bp.get("/account")
def show_account() -> Any:
    return _page()


@bp.post("/account/name")
def update_name() -> Any:
    form = NameForm()
    if not form.validate_on_submit():
        return _page(name_form=form, status=422)
    rename(signed_in().id, form.name.data or "", actor())
    flash("Your name is changed.", "ok")
    return go_to("account.show_account")


@bp.post("/account/password")
def update_password() -> Any:
    form, person = ChangePasswordForm(), signed_in()
    if form.validate_on_submit():
        try:
            change_password(person.id, form.current.data or "", form.password.data or "", actor(), person.session_id)
        except WrongCredentials:
            form.current.errors = ["This is not your current password."]
        except WeakPassword as error:
            form.password.errors = [str(error)]
        except TooMany:
            form.current.errors = ["Too many tries. Wait a few minutes."]
        else:
            flash("Your password is changed, and every other session has ended.", "ok")
            return go_to("account.show_account")
    return _page(password_form=form, status=422)


@bp.post("/account/sessions/<session_id>/revocation")
def create_revocation(session_id: str) -> Any:
    if revoke_session(session_id, signed_in().id, actor()):
        flash("That session has ended.", "ok")
    return go_to("account.show_account")


@bp.post("/account/sessions/revocation")
def create_revocations() -> Any:
    revoke_sessions(signed_in().id, actor(), keep=signed_in().session_id)
    flash("You are signed out everywhere else.", "ok")
    return go_to("account.show_account")


@bp.post("/theme")
@public  # the sign-in page has a theme too; it is a cookie and nothing else
def update_theme() -> Any:
    form = ThemeForm()
    chosen = form.theme.data if form.validate_on_submit() else "system"
    response = Response(status=204) if is_htmx() else redirect(_back(form.next.data), 303)
    response.set_cookie("theme", chosen, max_age=365 * 86_400, samesite="Lax", secure=settings().secure_cookies)
    return response


def _back(wanted: str | None) -> str:
    return wanted if wanted in ("/login", "/setup", "/setup/connection") else next_page(wanted)


def _page(password_form: ChangePasswordForm | None = None, name_form: NameForm | None = None,
          status: int = 200) -> Any:
    person = signed_in()
    return render_template(
        "account/show.html", sessions=list_sessions(person.id), this_session=person.session_id,
        password_form=password_form or ChangePasswordForm(formdata=None),
        name_form=name_form or NameForm(formdata=None, name=person.name),
    ), status
