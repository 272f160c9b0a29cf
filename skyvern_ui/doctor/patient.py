"""Reading, once, what an examination needs to know."""

from __future__ import annotations

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from ..access import latest_connection
from ..audit import Actor
from ..config import Settings
from ..extensions import db
from ..llm.known_rules import known_upstreams, own_upstream
from ..llm.upstream import Upstream
from ..models.reader import Unavailable
from ..skyvern.errors import SkyvernError
from .check import Patient, RequestFacts
from .scrub import Scrub, secrets_of


def read_patient(app: Flask, request: RequestFacts | None = None, *, thorough: bool = False,
                 actor: Actor | None = None) -> Patient:
    """The connection and the models as they are this moment. Call it inside an application. Raises nothing: with the
    database away there is no connection, and the patient says why."""
    settings: Settings = app.config["SETTINGS"]
    connection, why_none = None, ""
    try:
        connection = latest_connection()
    except SkyvernError as error:
        why_none = error.sentence
    except Unavailable:
        why_none = "Our own database does not answer, so nobody knows how to reach Skyvern."
    finally:
        db.session.remove()
    return Patient(app, settings, connection, why_none, _upstreams(app, settings), request, thorough, actor)


def scrub_for(patient: Patient) -> Scrub:
    """What keeps this patient's secrets out of the findings."""
    key = patient.connection.key if patient.connection else ""
    return Scrub(secrets_of(patient.settings, key, *(each.key for each in patient.upstreams)))


def _upstreams(app: Flask, settings: Settings) -> tuple[Upstream, ...]:
    try:
        return known_upstreams(settings, app.extensions["sealer"])
    except SQLAlchemyError:
        own = own_upstream(settings)
        return (own,) if own else ()
    finally:
        db.session.remove()
