"""`doctor --deploy`: is this installation safe to be reached by others? (security.md 5.4)"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from ...extensions import db
from ...llm.known_rules import place_of
from ...models import Installation, LlmKey
from ...relay.ask import ask
from ...sealed import CannotOpen, Sealer
from ...settings.rules import load, open_key
from ..check import LAYERS, Check, Patient
from ..checks import clock, doors, own
from ..checks.gathered import gathered
from ..checks.own_database import pool_findings
from ..examination import examine
from ..finding import ORDER, Finding, ok, skip
from ..patient import read_patient, scrub_for
from .rules import is_exposed, refused_start, setting_findings, workers_of

__all__ = ["deploy_findings", "refused_start"]
LAYER = "own"
STRICT = ("too_many_connections", "database_readable", "secret_file_readable", "metrics_per_worker")


def deploy_findings(app: Flask) -> list[Finding]:
    """All that is unsafe and all that was looked at, layer by layer. One `fail` means: do not go live.

    Raises nothing; takes some twenty seconds at most."""
    with app.app_context():
        patient = read_patient(app)
    found = [each.timed(0.0) for each in _settings(patient)]
    found += examine(patient, CHECKS, scrub_for(patient))
    layers = list(LAYERS)
    return [replace(each, verdict="fail") if each.verdict == "warn" and each.code in STRICT else each
            for each in sorted(found, key=lambda each: (layers.index(each.layer), ORDER[each.verdict]))]


def _settings(patient: Patient) -> list[Finding]:
    troubles = setting_findings(patient.settings, os.environ)
    return troubles or [ok("deploy-settings", LAYER, "The settings are safe")]


def look_at_debug(patient: Patient) -> Finding:
    if patient.app.debug or patient.app.testing:
        return Finding("deploy-debug", LAYER, "fail", "debug_on", "Debugging is switched on",
                       "A debugger shows its page's visitors the inside of this server.",
                       ("Remove FLASK_DEBUG from the environment.",))
    return ok("deploy-debug", LAYER, "Debugging is off")


def look_at_stored_keys(patient: Patient) -> Finding:
    """Whether each stored secret can be opened with the SECRET_KEYs that this server has, and none lies there clear."""
    sealer: Sealer = patient.app.extensions["sealer"]
    with patient.app.app_context():
        try:
            closed = list(_closed(sealer))
        except SQLAlchemyError:
            return skip("deploy-stored-keys", LAYER, "Our database does not answer.")
        finally:
            db.session.remove()
    if closed:
        return Finding("deploy-stored-keys", LAYER, "fail", "stored_key_unreadable",
                       f"{closed[0]} cannot be read", "It was sealed with another SECRET_KEY than this server has.",
                       ("Give the old SECRET_KEY after a comma, or enter the key again in the settings.",),
                       mend="/settings")
    return ok("deploy-stored-keys", LAYER, "The stored keys can be read")


def _closed(sealer: Sealer) -> Iterator[str]:
    row = load()
    if row is not None and row.skyvern_api_key:
        try:
            open_key(sealer, row)
        except CannotOpen:
            yield "The stored Skyvern key"
    for model in db.session.scalars(select(LlmKey)):
        try:
            sealer.open(model.sealed_key, place_of(model.id))
        except CannotOpen:
            yield f"The key of the model {model.label}"


def look_at_pool(patient: Patient) -> Finding:
    """Whether all connections that our workers may open fit into what PostgreSQL allows."""
    facts: dict[str, str] = {}
    if patient.settings.sqlite:
        return ok("deploy-pool", LAYER, "SQLite needs no pool")
    with patient.app.app_context():
        try:
            with db.engine.connect() as connection:
                troubles = pool_findings(connection, workers_of(os.environ), facts)
        except SQLAlchemyError:
            return skip("deploy-pool", LAYER, "Our database does not answer.")
    return gathered(ok("deploy-pool", LAYER, "The workers' connections fit", *facts.items()), troubles)


def look_at_setup(patient: Patient) -> Finding:
    """Whether a stranger could still make themselves the first admin."""
    with patient.app.app_context():
        try:
            claimed = bool(db.session.scalar(select(func.count()).select_from(Installation)))
        except SQLAlchemyError:
            return skip("deploy-setup", LAYER, "Our database does not answer.")
        finally:
            db.session.remove()
    if claimed:
        return ok("deploy-setup", LAYER, "The first admin has been made")
    if patient.settings.setup_token or not is_exposed(patient.settings):
        return ok("deploy-setup", LAYER, "Nobody has set this server up yet", explain="Strangers cannot do it.")
    return Finding("deploy-setup", LAYER, "fail", "setup_open", "Whoever comes first becomes the admin",
                   "Nobody has set this server up yet, and no SETUP_TOKEN is asked for.",
                   ("Set SETUP_TOKEN, or finish the setup before others can reach this server.",))


def look_at_keyless_skyvern(patient: Patient) -> Finding:
    """Whether Skyvern answers a question that needs a key when it is asked without one."""
    if patient.connection is None:
        return skip("deploy-skyvern-key", LAYER, patient.why_none)
    asked = ask("GET", patient.connection.url + "/v1/workflows?page_size=1", seconds=5.0)
    evidence = (("Status without a key", str(asked.status or asked.detail)),)
    if asked.status == 200 and isinstance(asked.json(), list):
        return Finding("deploy-skyvern-key", LAYER, "fail", "skyvern_keyless", "Skyvern answers without a key",
                       "Whoever reaches its address can start runs and read what they found.",
                       ("Let nobody but this server reach Skyvern: `expose:` in place of `ports:` in Compose.",
                        "If a proxy adds the key, let it do so for this server's address only."), evidence)
    return ok("deploy-skyvern-key", LAYER, "Skyvern asks for a key", *evidence)


CHECKS: tuple[Check, ...] = (
    *own.CHECKS[1:],
    Check("deploy-debug", LAYER, "Debugging", look_at_debug, seconds=2.0),
    Check("deploy-pool", LAYER, "Connections", look_at_pool, seconds=8.0, needs=("own-database",)),
    Check("deploy-setup", LAYER, "The first admin", look_at_setup, seconds=8.0, needs=("own-database",)),
    Check("deploy-stored-keys", LAYER, "Stored keys", look_at_stored_keys, seconds=8.0, needs=("own-database",)),
    Check("deploy-skyvern-key", LAYER, "Skyvern without a key", look_at_keyless_skyvern, seconds=8.0),
    *doors.CHECKS, clock.CHECKS[0],
)
