from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, render_template, request, url_for

from ..access import find_user
from ..auth.rules import WeakPassword, list_sessions, revoke_session, revoke_sessions
from ..guard import admin_only
from ..htmx import go_to
from ..request import actor, settings
from . import rules
from .forms import BanForm, PersonForm, RoleForm

bp = Blueprint("users", __name__, url_prefix="/settings/users")
SENTENCES = {
    rules.LastAdmin: "That would leave nobody to administer this installation. Make somebody else an admin first.",
    rules.NotYourself: "You cannot do this to yourself.",
    rules.NoSuchPerson: "This person has been removed meanwhile.",
}


@bp.get("")
@admin_only
def list_users() -> Any:
    search = request.args.get("q", "").strip()[:200]
    return render_template("users/list.html", people=rules.list_people(search), search=search)


@bp.get("/new")
@admin_only
def new_user() -> Any:
    return render_template("users/new.html", form=PersonForm(formdata=None))


@bp.post("")
@admin_only
def create_user() -> Any:
    form = PersonForm()
    if form.validate_on_submit():
        try:
            user, secret = rules.create_person(form.name.data or "", form.email.data or "", form.role.data,
                                               form.password.data or None, actor())
        except rules.EmailTaken:
            form.email.errors = ["Somebody has this address already."]
        except WeakPassword as error:
            form.password.errors = [str(error)]
        else:
            return _created(user.id, secret, 201)
    return render_template("users/new.html", form=form), 422


@bp.get("/<user_id>")
@admin_only
def show_user(user_id: str) -> Any:
    return _page(user_id)


@bp.post("/<user_id>/link")
@admin_only
def create_link(user_id: str) -> Any:
    return _created(find_user(user_id).id, rules.create_link(user_id, actor()), 200)


@bp.post("/<user_id>/role")
@admin_only
def update_role(user_id: str) -> Any:
    find_user(user_id)
    form = RoleForm()
    if not form.validate_on_submit():
        return _page(user_id, problem="Choose user or admin.", status=422)
    return _told(user_id, lambda: rules.set_role(user_id, form.role.data, actor()), "The role is changed.")


@bp.post("/<user_id>/ban")
@admin_only
def create_ban(user_id: str) -> Any:
    find_user(user_id)
    form = BanForm()
    if not form.validate_on_submit():
        return _page(user_id, ban_form=form, status=422)
    return _told(user_id, lambda: rules.ban(user_id, form.reason.data or None, form.until.data, actor()),
                 "This person is shut out, and every session of theirs has ended.")


@bp.post("/<user_id>/ban/lift")
@admin_only
def delete_ban(user_id: str) -> Any:
    find_user(user_id)
    return _told(user_id, lambda: rules.unban(user_id, actor()), "This person may sign in again.")


@bp.post("/<user_id>/removal")
@admin_only
def create_removal(user_id: str) -> Any:
    find_user(user_id)
    try:
        rules.remove(user_id, actor())
    except tuple(SENTENCES) as error:
        return _page(user_id, problem=SENTENCES[type(error)], status=409)
    flash("The person is removed. What they did stays in the audit log.", "ok")
    return go_to("users.list_users")


@bp.post("/<user_id>/sessions/<session_id>/revocation")
@admin_only
def create_revocation(user_id: str, session_id: str) -> Any:
    find_user(user_id)
    if revoke_session(session_id, user_id, actor()):
        flash("That session has ended.", "ok")
    return go_to("users.show_user", user_id=user_id)


@bp.post("/<user_id>/sessions/revocation")
@admin_only
def create_revocations(user_id: str) -> Any:
    find_user(user_id)
    revoke_sessions(user_id, actor())
    flash("All sessions of this person have ended.", "ok")
    return go_to("users.show_user", user_id=user_id)


def _told(user_id: str, act: Any, done: str) -> Any:
    try:
        act()
    except tuple(SENTENCES) as error:
        return _page(user_id, problem=SENTENCES[type(error)], status=409)
    flash(done, "ok")
    return go_to("users.show_user", user_id=user_id)


def _page(user_id: str, problem: str | None = None, ban_form: BanForm | None = None, status: int = 200) -> Any:
    user = find_user(user_id)
    return render_template(
        "users/show.html", user=user, sessions=list_sessions(user_id), problem=problem,
        role_form=RoleForm(formdata=None, role=user.role), ban_form=ban_form or BanForm(formdata=None),
    ), status


def _created(user_id: str, secret: str | None, status: int) -> Any:
    path = url_for("auth.show_new_password", secret=secret) if secret else None
    base = settings().public_url or request.host_url.rstrip("/")
    return render_template("users/link.html", user=find_user(user_id), link=base + path if path else None), status
