"""Every error as an answer in the caller's language: a page, a fragment, or JSON in the shape of its API.

The error page asks Skyvern nothing and, with the database away, asks nobody anything.
"""

from __future__ import annotations

from typing import Any

import psycopg
import structlog
from flask import Flask, Response, g, jsonify, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, InternalServerError, SecurityError

from .doctor.hint import is_for_doctor, tells_of_trouble
from .extensions import db
from .models.reader import Unavailable
from .openai_error import error_body, is_for_programs, kind_of
from .request import is_api, is_htmx
from .skyvern.errors import SkyvernError

log = structlog.get_logger("errors")
TITLES = {
    400: "That request makes no sense", 401: "Sign in first", 403: "That is not allowed", 404: "Nothing here",
    405: "That does not work here", 409: "That clashes with something", 410: "That is gone", 413: "Too large",
    415: "Wrong kind of content", 422: "Something is missing or wrong", 429: "Too often",
    500: "Something broke on our side", 502: "Skyvern did not answer well", 503: "Not available right now",
    504: "Skyvern took too long",
}
DATABASE_AWAY = "The database does not answer. Nothing was changed. Try again in a moment."


def register(app: Flask) -> None:
    app.register_error_handler(HTTPException, on_http)
    app.register_error_handler(CSRFError, on_csrf)
    app.register_error_handler(SkyvernError, on_skyvern)
    for kind in (OperationalError, PoolTimeout, Unavailable, DBAPIError):
        app.register_error_handler(kind, on_database)
    app.register_error_handler(Exception, on_bug)
    app.register_error_handler(UnicodeError, on_unicode)
    app.jinja_env.tests["for_the_doctor"] = tells_of_trouble


def on_http(error: HTTPException) -> Any:
    if error.response is not None:
        return error.response
    status = error.code or 500
    sentence = error.description or "Something went wrong."
    if isinstance(error, SecurityError):
        sentence = "This server is not known under that name."
    if status == 404 and sentence.startswith("The requested URL"):
        sentence = "There is no page at this address."
    answer = answer_error(status, _code(error), sentence)
    for name, value in error.get_headers(request.environ):
        if name.lower() in ("allow", "retry-after"):
            answer.headers[name] = value
    return answer


def on_csrf(error: CSRFError) -> Any:
    return answer_error(403, "csrf", "This form is out of date. Go back, reload the page and send it again.")


def on_skyvern(error: SkyvernError) -> Any:
    response = answer_error(error.status, error.code, error.sentence, doctor=is_for_doctor(error))
    if error.status == 503:
        response.headers["Retry-After"] = str(getattr(error, "retry_after", None) or 5)
    return response


def on_database(error: Exception) -> Any:
    db.session.remove()
    cause = getattr(error, "orig", error)
    if isinstance(error, DBAPIError) and isinstance(cause, psycopg.DataError):
        return answer_error(400, "bad_text", "This text holds characters that cannot be stored.")
    log.error("database", error=type(cause).__name__, request_id=g.get("request_id"))
    code = "storage_full" if "full" in str(cause) else "database_unavailable"
    response = answer_error(503, code, DATABASE_AWAY, shell=False)
    response.headers["Retry-After"] = "5"
    return response


def on_unicode(error: UnicodeError) -> Any:
    return answer_error(400, "bad_text", "This text holds characters that cannot be stored.")


def on_bug(error: Exception) -> Any:
    log.exception("bug", path=request.path, request_id=g.get("request_id"))
    try:
        db.session.remove()
    except Exception:
        log.exception("session not removed")
    return answer_error(500, "internal", "This is our mistake, not yours. It has been written to the log.", shell=False)


def answer_error(status: int, code: str, sentence: str, shell: bool = True, doctor: bool = False) -> Response:
    """The error as this caller reads it. Without `shell` the page is drawn without asking who is signed in; with
    `doctor` it leads admins there, and others to an admin."""
    request_id = g.get("request_id", "-")
    if request.path.startswith("/api/auth/"):
        return _json(status, code=code.upper(), message=sentence)
    if is_for_programs():
        return _json(status, **error_body(code, sentence, kind_of(status)))
    if is_api() or _prefers_json():
        return _json(status, error=sentence, code=code, request_id=request_id)
    title = TITLES.get(status, InternalServerError().name if status >= 500 else "That did not work")
    if is_htmx():
        page = render_template("errors/_fragment.html", title=title, sentence=sentence, retry_url=_retry_url(),
                               doctor=doctor)
    else:
        if not shell:
            g.me = None
        page = render_template("errors/page.html", status=status, title=title, sentence=sentence,
                               request_id=request_id, doctor=doctor)
    return Response(page, status)


def _json(status: int, **body: Any) -> Response:
    response = jsonify(**body)
    response.status_code = status
    return response


def _prefers_json() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _retry_url() -> str | None:
    return request.full_path.rstrip("?") if request.method == "GET" else None


def _code(error: HTTPException) -> str:
    return {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 413: "too_large",
            415: "unsupported_media_type"}.get(error.code or 500, (error.name or "error").lower().replace(" ", "_"))
