"""Calls whose end neither we nor Skyvern know: an admin says whether they happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from ...audit import Actor, record
from ...database import writing
from ...extensions import db
from ...models.charge import Charge
from ...models.organization import Organization
from ..credits.endpoints import ASKED
from ..credits.ledger_rules import release, settle
from .charge_rules import IS_QUESTION

MOST = 500
WHY = {
    "lost": "The server stopped in the middle of the call, and Skyvern could not tell what became of it.",
    "timed_out": "Skyvern did not answer in time, and could not tell later whether the call happened.",
    "broken": "The connection broke before Skyvern's answer was complete.",
    "no_run_id": "Skyvern said yes, but which run it started could not be read.",
    "several": "Skyvern has runs of that minute that nobody claims; which one belongs to this call is not certain.",
    "run_missing": "Skyvern does not know this run any more, so its steps cannot be counted.",
}


@dataclass(frozen=True, slots=True)
class Question:
    """Whether a call happened. `held` in thousandths; `why` is a sentence; `run_id` where one is known."""

    charge_id: str
    org_id: str
    org_name: str
    endpoint: str
    held: int
    created_at: datetime
    why: str
    run_id: str | None


def open_questions() -> list[Question]:
    """What waits for an admin, the oldest first."""
    rows = db.session.execute(
        select(Charge, Organization.name).join(Organization, Organization.id == Charge.org_id)
        .where(Charge.state == "held", Charge.endpoint.in_(ASKED), IS_QUESTION.is_(True))
        .order_by(Charge.created_at.desc()).limit(MOST))
    found = [Question(charge.id, charge.org_id, name, charge.endpoint, charge.hold, charge.created_at,
                      WHY.get(str(charge.details.get("uncertain")), WHY["lost"]), charge.run_id)
             for charge, name in rows]
    db.session.remove()
    return found[::-1]


def answer_question(charge_id: str, happened: bool, actor: Actor) -> bool:
    """Takes what was held, or gives it back. False when it was no question, or is none any more."""
    with writing() as session:
        charge = session.scalar(select(Charge).where(Charge.id == charge_id, Charge.state == "held",
                                                     Charge.endpoint.in_(ASKED)).with_for_update())
        if charge is None or not charge.details.get("question"):
            return False
        held, org_id = charge.hold, charge.org_id
        session.expunge(charge)
        done = settle(charge_id, held, "said_by_admin") if happened else release(charge_id, "said_by_admin")
        if done is not None:
            record(actor, "charge.answer", "charge", charge_id, organization=org_id, happened=happened)
        return done is not None
