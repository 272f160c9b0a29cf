"""/api/auth/admin: what the admin plugin of the Better Auth client speaks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, jsonify, request

from ..access import find_user
from ..auth.better_auth import refusal, session_json, user_json
from ..auth.forms import email_address
from ..auth.rules import WeakPassword, list_sessions, revoke_session, revoke_sessions, set_password
from ..extensions import csrf, db
from ..guard import admin_only
from ..json_body import JsonBody
from ..models import Session
from ..models.columns import now
from ..request import actor
from . import rules as people

bp = Blueprint("users_api", __name__, url_prefix="/api/auth/admin")
csrf.exempt(bp)


@bp.post("/create-user")
@admin_only
def create_user() -> Any:
    body = _body("name", "email", "password", "role", "data")
    body.require("name", 100)
    body.require("email", 320, email_address)
    if body.errors or _role(body) is None:
        return refusal(400, "VALIDATION_ERROR", "; ".join(f"{k}: {v}" for k, v in body.errors.items()) or "role")
    try:
        user, _ = people.create_person(body.text("name"), body.text("email"), _role(body) or "user",
                                       body.text("password") or None, actor())
    except people.EmailTaken:
        return refusal(400, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL", "User already exists. Use another email.")
    except WeakPassword as error:
        return refusal(400, "PASSWORD_TOO_SHORT", str(error))
    return jsonify(user=user_json(user))


@bp.get("/list-users")
@admin_only
def list_users() -> Any:
    search = request.args.get("searchValue", "")[:200]
    rows = [row.user for row in people.list_people(search)]
    offset, limit = _number("offset", 0, 10**9), _number("limit", 100, 1000)
    return jsonify(users=[user_json(u) for u in rows[offset:offset + limit]], total=len(rows), limit=limit,
                   offset=offset)


@bp.post("/set-role")
@admin_only
def update_role() -> Any:
    body = _body("userId", "role")
    role = _role(body)
    if role is None:
        return refusal(400, "VALIDATION_ERROR", "role must be user or admin")
    return _on_person(body, lambda user_id: people.set_role(user_id, role, actor()))


@bp.post("/ban-user")
@admin_only
def create_ban() -> Any:
    body = _body("userId", "banReason", "banExpiresIn")
    seconds = body.data.get("banExpiresIn")
    if seconds is not None and (not isinstance(seconds, int) or isinstance(seconds, bool)
                                or not 0 < seconds < 10**10):
        return refusal(400, "VALIDATION_ERROR", "banExpiresIn must be a number of seconds")
    until = now() + timedelta(seconds=seconds) if seconds else None
    return _on_person(body, lambda user_id: people.ban(user_id, body.text("banReason")[:500] or None, until, actor()))


@bp.post("/unban-user")
@admin_only
def delete_ban() -> Any:
    return _on_person(_body("userId"), lambda user_id: people.unban(user_id, actor()))


@bp.post("/remove-user")
@admin_only
def delete_user() -> Any:
    return _on_person(_body("userId"), lambda user_id: people.remove(user_id, actor()), jsonify(success=True))


@bp.post("/set-user-password")
@admin_only
def update_user_password() -> Any:
    body = _body("userId", "newPassword")
    user = find_user(body.text("userId"))
    try:
        set_password(user.id, body.text("newPassword"), actor())
    except WeakPassword as error:
        return refusal(400, "PASSWORD_TOO_SHORT", str(error))
    return jsonify(status=True)


@bp.post("/list-user-sessions")
@admin_only
def list_user_sessions() -> Any:
    user = find_user(_body("userId").text("userId"))
    return jsonify(sessions=[session_json(s) for s in list_sessions(user.id)])


@bp.post("/revoke-user-session")
@admin_only
def create_user_revocation() -> Any:
    session = db.session.get(Session, _body("sessionToken").text("sessionToken"))
    if session:
        revoke_session(session.id, session.user_id, actor())
    return jsonify(success=bool(session))


@bp.post("/revoke-user-sessions")
@admin_only
def create_user_revocations() -> Any:
    revoke_sessions(find_user(_body("userId").text("userId")).id, actor())
    return jsonify(success=True)


def _body(*allowed: str) -> JsonBody:
    return JsonBody.read(allowed)


def _role(body: JsonBody) -> str | None:
    role = body.data.get("role", "user")
    role = role[0] if isinstance(role, list) and len(role) == 1 else role
    return role if role in people.ROLES else None


def _on_person(body: JsonBody, act: Any, done: Any = None) -> Any:
    user = find_user(body.text("userId"))
    try:
        act(user.id)
    except people.LastAdmin:
        return refusal(409, "LAST_ADMIN", "The last admin cannot be removed, banned or demoted.")
    except people.NotYourself:
        return refusal(400, "YOU_CANNOT_BAN_YOURSELF", "You cannot do this to yourself")
    except people.NoSuchPerson:
        abort(404, "There is no such person.")
    return done if done is not None else jsonify(user=user_json(find_user(user.id)))


def _number(name: str, default: int, most: int) -> int:
    text = request.args.get(name, "")
    return min(int(text), most) if text.isascii() and text.isdigit() and len(text) < 12 else default
