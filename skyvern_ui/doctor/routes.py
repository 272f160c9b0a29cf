from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import structlog
from flask import Flask, Response, current_app, render_template, request, stream_with_context
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import ServiceUnavailable, TooManyRequests

from ..audit import record
from ..database import writing
from ..extensions import db
from ..guard import admin_only
from ..models.reader import SignedIn
from ..request import actor, is_htmx, signed_in
from ..streams import SIGNED_OUT
from .blueprint import bp
from .check import Check
from .checks import CHECKS
from .echo.tokens import facts_of
from .finding import Finding
from .history.rules import remember
from .pages import COSTS, Known, fragments, layers_of, progressive
from .patient import read_patient, scrub_for
from .visit import TooMany, Visit, Visits

log = structlog.get_logger("doctor")
RETRY_SECONDS = 5


@bp.record_once
def open_practice(state: Any) -> None:
    state.app.extensions["visits"], state.app.extensions["checks"] = Visits(), CHECKS


@bp.get("/doctor")
@admin_only
def show_doctor() -> Any:
    known = Known.read(_checks())
    report = known.report()
    return render_template("doctor/show.html", layers=layers_of(map(known.row, _checks())), report=report,
                           since=known.since(report), cause=report.cause.check if report.cause else "", costs=COSTS)


@bp.get("/doctor/report.txt")
@admin_only
def show_report() -> Any:
    text = Known.read(_checks()).report().text
    return Response(scrub_for(read_patient(_app())).text(text), mimetype="text/plain; charset=utf-8")


@bp.get("/doctor/examination")
@admin_only
def show_examination() -> Any:
    return show_doctor()


@bp.post("/doctor/examination")
@admin_only
def create_examination() -> Any:
    person, known = signed_in(), Known.read(_checks())
    patient = read_patient(_app(), facts_of(request.environ), thorough=request.form.get("thorough") == "1",
                           actor=actor())
    wanted = Visit(patient, _checks(), scrub_for(patient), then=_remembered(_app()))
    visits: Visits = current_app.extensions["visits"]
    try:
        visit, is_new = visits.begin(person.session_id, wanted)
    except TooMany as error:
        refusal = TooManyRequests if error.status == 429 else ServiceUnavailable
        raise refusal(error.sentence, retry_after=RETRY_SECONDS) from error
    if is_new:
        _audit(patient.thorough)
        visit.start()
    gone = threading.Event()
    draw = fragments(visit, known, visit.news(gone)) if is_htmx() else progressive(visit, known, visit.in_order(gone))
    response = Response(stream_with_context(_while_signed_in(person, visit, gone, draw)))
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _while_signed_in(person: SignedIn, visit: Visit, gone: threading.Event, pieces: Iterator[str]) -> Iterator[str]:
    """The pieces, for as long as this session may go on. Who is signed out ends the examination too; who has merely
    left does not."""
    def end(code: int) -> None:
        gone.set()
        if code == SIGNED_OUT:
            visit.give_up()

    with current_app.extensions["streams"].holding(person, end):
        for piece in pieces:
            if gone.is_set():
                return
            yield piece


def _audit(thorough: bool) -> None:
    """Others are asked, so it is recorded; but a database that cannot be written is what a doctor is for."""
    try:
        with writing():
            record(actor(), "doctor.examine", "doctor", None, thorough=thorough)
    except SQLAlchemyError as error:
        log.warning("examination not recorded", error=type(error).__name__)
    finally:
        db.session.remove()


def _remembered(app: Flask) -> Any:
    def then(findings: list[Finding]) -> None:
        try:
            with app.app_context():
                remember(findings)
        except SQLAlchemyError as error:
            log.warning("findings not remembered", error=type(error).__name__)
    return then


def _checks() -> tuple[Check, ...]:
    found: tuple[Check, ...] = current_app.extensions["checks"]
    return found


def _app() -> Flask:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return app
