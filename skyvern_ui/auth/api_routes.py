"""/api/auth: the names, bodies and answers that the Better Auth client speaks."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify

from ..access import find_user
from ..extensions import csrf, db
from ..guard import public
from ..json_body import JsonBody
from ..models import Session
from ..request import actor, me, settings, signed_in
from .better_auth import refusal, session_json, user_json
from .cookie import clear_session_cookie, set_session_cookie
from .limits import TooMany
from .rules import (
    WeakPassword,
    WrongCredentials,
    change_password,
    list_sessions,
    revoke_session,
    revoke_sessions,
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


def _body(*allowed: str) -> JsonBody:
    return JsonBody.read(allowed)
