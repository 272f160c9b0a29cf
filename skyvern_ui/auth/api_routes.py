"""/api/auth: the names, bodies and answers that the Better Auth client and its admin plugin speak.

`token` in an answer is a session's id: the real token is only ever in the HttpOnly cookie.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, abort, jsonify, request

from ..access import find_user
from ..extensions import csrf, db
from ..guard import admin_only, public
from ..json_body import JsonBody
from ..models import Session, User
from ..models.columns import now
from ..request import actor, me, settings, signed_in
from ..users import rules as people
from .cookie import clear_session_cookie, set_session_cookie
from .forms import email_address
from .limits import TooMany
from .rules import (
    WeakPassword,
    WrongCredentials,
    change_password,
    list_sessions,
    revoke_session,
    revoke_sessions,
    set_password,
    sign_in,
    sign_out,
)

bp = Blueprint("auth_api", __name__, url_prefix="/api/auth")
csrf.exempt(bp)


@bp.post("/sign-in/email")
@public  # this is how one signs in
def create_sign_in() -> Any:
    body = _body("email", "password", "rememberMe", "callbackURL")
    if not body.text("email") or not body.text("password"):
        return refusal(400, "VALIDATION_ERROR", "email and password are required")
    try:
        token, user, session = sign_in(body.text("email")[:320], body.text("password")[:1024], actor(),
                                       settings().session_seconds)
    except WrongCredentials:
        return refusal(401, "INVALID_EMAIL_OR_PASSWORD", "Invalid email or password")
    except TooMany as error:
        answer, status = refusal(429, "TOO_MANY_REQUESTS", "Too many requests. Please try again later.")
        answer.headers["Retry-After"] = answer.headers["X-Retry-After"] = str(error.retry_after)
        return answer, status
    response = jsonify(redirect=False, token=session.id, user=user_json(user))
    set_session_cookie(response, token)
    return response


@bp.route("/sign-up/<path:kind>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
@public  # it is refused to everybody alike
def refuse_sign_up(kind: str) -> Any:
    return refusal(403, "SIGN_UP_DISABLED", "People are added by an admin.")


@bp.post("/sign-out")
@public  # signing out twice is no error
def create_sign_out() -> Any:
    if person := me():
        sign_out(person.session_id, actor())
    response = jsonify(success=True)
    clear_session_cookie(response)
    return response


@bp.get("/get-session")
@public  # the client asks this to learn whether it is signed in
def show_session() -> Any:
    person = me()
    if person is None:
        return jsonify(None)
    session = db.session.get(Session, person.session_id)
    return jsonify(session=session_json(session), user=user_json(session.user)) if session else jsonify(None)


@bp.get("/list-sessions")
def list_own_sessions() -> Any:
    return jsonify([session_json(s) for s in list_sessions(signed_in().id)])


@bp.post("/revoke-session")
def create_revocation() -> Any:
    token = _body("token").text("token")
    return jsonify(status=revoke_session(token, signed_in().id, actor()))


@bp.post("/revoke-sessions")
def create_revocations() -> Any:
    revoke_sessions(signed_in().id, actor())
    return jsonify(status=True)


@bp.post("/revoke-other-sessions")
def create_other_revocations() -> Any:
    revoke_sessions(signed_in().id, actor(), keep=signed_in().session_id)
    return jsonify(status=True)


@bp.post("/change-password")
def update_password() -> Any:
    body, person = _body("currentPassword", "newPassword", "revokeOtherSessions"), signed_in()
    try:
        change_password(person.id, body.text("currentPassword"), body.text("newPassword"), actor(), person.session_id)
    except WrongCredentials:
        return refusal(400, "INVALID_PASSWORD", "Invalid password")
    except WeakPassword as error:
        return refusal(400, "PASSWORD_TOO_SHORT", str(error))
    except TooMany as error:
        return (*refusal(429, "TOO_MANY_REQUESTS", "Too many requests."), {"Retry-After": str(error.retry_after)})
    return jsonify(token=None, user=user_json(find_user(person.id)))


@bp.post("/admin/create-user")
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


@bp.get("/admin/list-users")
@admin_only
def list_users() -> Any:
    search = request.args.get("searchValue", "")[:200]
    rows = [row.user for row in people.list_people(search)]
    offset, limit = _number("offset", 0, 10**9), _number("limit", 100, 1000)
    return jsonify(users=[user_json(u) for u in rows[offset:offset + limit]], total=len(rows), limit=limit,
                   offset=offset)


@bp.post("/admin/set-role")
@admin_only
def update_role() -> Any:
    body = _body("userId", "role")
    role = _role(body)
    if role is None:
        return refusal(400, "VALIDATION_ERROR", "role must be user or admin")
    return _on_person(body, lambda user_id: people.set_role(user_id, role, actor()))


@bp.post("/admin/ban-user")
@admin_only
def create_ban() -> Any:
    body = _body("userId", "banReason", "banExpiresIn")
    seconds = body.data.get("banExpiresIn")
    if seconds is not None and (not isinstance(seconds, int) or isinstance(seconds, bool)
                                or not 0 < seconds < 10**10):
        return refusal(400, "VALIDATION_ERROR", "banExpiresIn must be a number of seconds")
    until = now() + timedelta(seconds=seconds) if seconds else None
    return _on_person(body, lambda user_id: people.ban(user_id, body.text("banReason")[:500] or None, until, actor()))


@bp.post("/admin/unban-user")
@admin_only
def delete_ban() -> Any:
    return _on_person(_body("userId"), lambda user_id: people.unban(user_id, actor()))


@bp.post("/admin/remove-user")
@admin_only
def delete_user() -> Any:
    return _on_person(_body("userId"), lambda user_id: people.remove(user_id, actor()), jsonify(success=True))


@bp.post("/admin/set-user-password")
@admin_only
def update_user_password() -> Any:
    body = _body("userId", "newPassword")
    user = find_user(body.text("userId"))
    try:
        set_password(user.id, body.text("newPassword"), actor())
    except WeakPassword as error:
        return refusal(400, "PASSWORD_TOO_SHORT", str(error))
    return jsonify(status=True)


@bp.post("/admin/list-user-sessions")
@admin_only
def list_user_sessions() -> Any:
    user = find_user(_body("userId").text("userId"))
    return jsonify(sessions=[session_json(s) for s in list_sessions(user.id)])


@bp.post("/admin/revoke-user-session")
@admin_only
def create_user_revocation() -> Any:
    session = db.session.get(Session, _body("sessionToken").text("sessionToken"))
    if session:
        revoke_session(session.id, session.user_id, actor())
    return jsonify(success=bool(session))


@bp.post("/admin/revoke-user-sessions")
@admin_only
def create_user_revocations() -> Any:
    revoke_sessions(find_user(_body("userId").text("userId")).id, actor())
    return jsonify(success=True)


def user_json(user: User) -> dict[str, Any]:
    return {
        "id": user.id, "name": user.name, "email": user.email, "emailVerified": bool(user.email_verified),
        "image": user.image, "createdAt": _iso(user.created_at), "updatedAt": _iso(user.updated_at),
        "role": user.role, "banned": user.is_banned, "banReason": user.ban_reason,
        "banExpires": _iso(user.ban_expires),
    }


def session_json(session: Session) -> dict[str, Any]:
    return {
        "id": session.id, "token": session.id, "userId": session.user_id, "expiresAt": _iso(session.expires_at),
        "createdAt": _iso(session.created_at), "updatedAt": _iso(session.updated_at),
        "ipAddress": session.ip_address or "", "userAgent": session.user_agent or "",
    }


def refusal(status: int, code: str, message: str) -> tuple[Any, int]:
    return jsonify(code=code, message=message), status


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


def _iso(moment: datetime | None) -> str | None:
    return moment.replace(tzinfo=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None
