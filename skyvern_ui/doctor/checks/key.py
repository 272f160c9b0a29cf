"""The key, each way in which it can be wrong."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from ...config import Settings
from ...extensions import db
from ...models import Claim
from ...relay.ask import ask
from ...settings.found_rules import find_keys
from ...skyvern.connection import clean_key
from ...skyvern.values import run_kind
from ..check import Check, Patient
from ..finding import Finding, skip
from .key_probe import CHECK, LAYER, finding_for, judge

NEWEST = 3
RUN_SECONDS = 3.0


def look_at_key(patient: Patient) -> Finding:
    """Whether Skyvern accepts the key, which one it is, and whether it opens the runs that we know."""
    if patient.connection is None:
        return skip(CHECK, LAYER, "There is no connection.")
    key = patient.connection.key
    source = "the sandbox" if patient.connection.is_sandbox else source_of(key, patient.settings)
    judged = judge(patient.connection.url, key)
    found = finding_for(judged, key, source=source)
    if found.verdict != "ok" or patient.connection.is_sandbox:
        return found
    strange = _strange_runs(patient)
    if not strange:
        return found
    return Finding(CHECK, LAYER, "warn", "key_of_another_organisation",
                   "The key is good, but Skyvern does not know the runs that were started here",
                   "None of the newest runs is there. Either this key is of another organisation or database, or they "
                   "were started through another connection, such as the sandbox.",
                   ("If this is the wrong Skyvern, enter the right address and key.",
                    "If it is the right one, nothing needs doing: this goes when a new run is started."),
                   (*found.evidence, ("Not known there", ", ".join(strange))), "/settings")


def source_of(key: str, settings: Settings) -> str:
    """Where a key in use comes from, in words."""
    is_own = bool(settings.skyvern_api_key) and clean_key(settings.skyvern_api_key or "") == key
    paths = [str(each.path) for each in find_keys(settings) if each.key == key]
    where = "SKYVERN_API_KEY in the environment" if is_own else "the settings"
    return f"{where}; the same as in {', '.join(paths)}" if paths else where


def _strange_runs(patient: Patient) -> list[str]:
    """The newest runs that were started here, if Skyvern knows none of them; else nothing."""
    assert patient.connection is not None
    with patient.app.app_context():
        try:
            newest = select(Claim.upstream_id).order_by(Claim.created_at.desc()).limit(NEWEST * 4)
            ids = [each for each in db.session.scalars(newest) if run_kind(each)][:NEWEST]
        except SQLAlchemyError:
            return []
        finally:
            db.session.remove()
    if not ids:
        return []
    url, key = patient.connection.url, patient.connection.key
    with ThreadPoolExecutor(len(ids)) as pool:
        answers = pool.map(lambda run_id: ask("GET", f"{url}/v1/runs/{run_id}", [("x-api-key", key)],
                                              seconds=RUN_SECONDS), ids)
        return ids if all(answer.status == 404 for answer in answers) else []


CHECKS: tuple[Check, ...] = (
    Check(CHECK, LAYER, "The key itself", look_at_key, seconds=15.0,
          needs=("network", "prefixes", "upstream-database")),
)
