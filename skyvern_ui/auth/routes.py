from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request

from ..guard import public
from ..htmx import go_to_path
from ..request import actor, me, settings
from ..setup.rules import needs_setup
from . import invitations
from .cookie import clear_session_cookie, set_session_cookie
from .forms import NewPasswordForm, SignInForm
from .limits import TooMany
from .next_page import HOME, next_page
from .rules import WeakPassword, WrongCredentials, sign_in, sign_out

bp = Blueprint("auth", __name__)


@bp.get("/login")
@public  # this is where one signs in
def show_login() -> Any:
    if me():
        return redirect(next_page(request.args.get("next")), 303)
    if needs_setup():
        return redirect("/setup", 303)
    return render_template("auth/login.html", form=SignInForm(formdata=None, next=request.args.get("next", "")))


@bp.post("/login")
@public  # this is how one signs in
def create_login() -> Any:
    form = SignInForm()
    if not form.validate_on_submit():
        return _again(form, 422)
    try:
        token, _, _ = sign_in(form.email.data or "", form.password.data or "", actor(), settings().session_seconds)
    except WrongCredentials:
        form.form_errors.append("The e-mail address or the password is wrong.")
        return _again(form, 401)
    except TooMany as error:
        form.form_errors.append("Too many tries. Wait a few minutes, then try again.")
        return _again(form, 429, error.retry_after)
    response = go_to_path(next_page(form.next.data))
    set_session_cookie(response, token)
    return response


@bp.post("/logout")
@public  # signing out twice, or with a session that has run out, is no error
def create_logout() -> Any:
    if person := me():
        sign_out(person.session_id, actor())
    response = go_to_path("/login")
    clear_session_cookie(response)
    return response


@bp.get("/password/<secret>")
@public  # whoever holds a one-time link has no password yet
def show_new_password(secret: str) -> Any:
    person = invitations.find(secret)
    return render_template("auth/new_password.html", form=NewPasswordForm(formdata=None), person=person,
                           problem=None), 200 if person else 410


@bp.post("/password/<secret>")
@public  # whoever holds a one-time link has no password yet
def create_new_password(secret: str) -> Any:
    person, form, problem = invitations.find(secret), NewPasswordForm(), None
    if person is None:
        return render_template("auth/new_password.html", form=form, person=None, problem=None), 410
    if form.validate_on_submit():
        try:
            token = invitations.redeem(secret, form.password.data or "", actor(), settings().session_seconds)
        except WeakPassword as error:
            form.password.errors = [str(error)]
        except TooMany:
            problem = "Too many tries. Wait a minute, then try again."
        except invitations.Spent:
            return render_template("auth/new_password.html", form=form, person=None, problem=None), 410
        else:
            flash("Your password is set. Welcome.", "ok")
            response = go_to_path(HOME)
            set_session_cookie(response, token)
            return response
    return render_template("auth/new_password.html", form=form, person=person, problem=problem), 422


def _again(form: SignInForm, status: int, retry_after: int | None = None) -> Any:
    headers = {"Retry-After": str(retry_after)} if retry_after else {}
    return render_template("auth/login.html", form=form), status, headers
