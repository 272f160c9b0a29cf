"""Charges of what services do on Skyvern, between their hold and their end.

A run that is paid by its steps keeps its charge held under its id until it is over. While it runs, `lease_until` says
when to ask Skyvern again; nobody gives such a hold back because time has passed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import false, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ...database import writing
from ...extensions import db
from ...models import Claim
from ...models.charge import Charge, Price
from ...models.columns import now
from ...models.organization import Organization
from ..credits.endpoints import ASKED, RUN_TASK, RUN_WORKFLOW
from ..credits.ledger_rules import Pool, settle
from .owning_rules import SERVICE

RUNS = (RUN_TASK, RUN_WORKFLOW)
# A paused run waits two hours by default, and no browser lives for a day. What still runs after a week is stuck, and
# credits that are held for longer than people remember why are lost to the service.
KEPT = timedelta(days=7)
IS_QUESTION = func.coalesce(Charge.details["question"].as_boolean(), false())
SOONEST, LATEST = timedelta(seconds=10), timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A charge that waits for its run. Amounts in thousandths; `amount` is the price of one `unit`."""

    charge_id: str
    run_id: str
    unit: str
    amount: int
    hold: int
    created_at: datetime

    @property
    def is_old(self) -> bool:
        """True when its hold was kept for as long as any is."""
        return now() - self.created_at > KEPT

    def cost(self, steps: int | None) -> int:
        """What so many steps cost. Steps that nobody tells cost what was held: silence makes no run free."""
        if self.unit == "step":
            return self.hold if steps is None else self.amount * max(0, steps)
        return self.amount if self.unit in ("run", "call") else self.hold


def began(charge_id: str, run_id: str, org_id: str, org_name: str) -> None:
    """The run exists: claimed by the service and written on its charge, both or neither. The first claim stands."""
    dialect: Any = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    moment = now()
    with writing() as session:
        session.execute(dialect.insert(Claim).values(
            upstream_id=run_id, kind="run", actor_kind=SERVICE, actor_id=org_id, actor_name=org_name,
            created_at=moment).on_conflict_do_nothing(index_elements=["upstream_id"]))
        session.execute(update(Charge).where(Charge.id == charge_id, Charge.state == "held")
                        .values(run_id=run_id, lease_until=moment + SOONEST))


def doubt(charge_id: str, why: str) -> None:
    """Nobody knows whether the call happened: its credits stay held until somebody asks Skyvern."""
    mark(charge_id, uncertain=why)


def mark(charge_id: str, **details: Any) -> None:
    """Writes something on a charge that is still held."""
    with writing() as session:
        held = (Charge.id == charge_id, Charge.state == "held")
        known = session.scalar(select(Charge.details).where(*held).with_for_update())
        if known is not None:
            session.execute(update(Charge).where(*held).values(details={**known, **details}))


def anything_open() -> bool:
    """Whether any charge waits for Skyvern's word."""
    found = db.session.scalar(select(Charge.id).where(Charge.state == "held", Charge.endpoint.in_(ASKED)).limit(1))
    db.session.remove()
    return found is not None


def due(most: int) -> list[OpenRun]:
    """The runs to ask about now, those that waited longest first."""
    return _open(Charge.lease_until <= now(), most=most)


def open_run(org_id: str, run_id: str) -> OpenRun | None:
    """The charge that waits for this run, or None."""
    return next(iter(_open(Charge.org_id == org_id, Charge.run_id == run_id, most=1)), None)


def look_again(runs: list[OpenRun]) -> None:
    """These still run: asked again after a tenth of the time that they have taken so far."""
    with writing() as session:
        moment = now()
        for run in runs:
            pause = min(LATEST, max(SOONEST, (moment - run.created_at) / 10))
            session.execute(update(Charge).where(Charge.id == run.charge_id, Charge.state == "held")
                            .values(lease_until=moment + pause))


def finish(run: OpenRun, steps: int | None, outcome: str = "done") -> Pool | None:
    """The run is over: its steps are taken, at most what was held. None when somebody was first."""
    told = {} if steps is None else {"steps": steps}
    return settle(run.charge_id, run.cost(steps), outcome if steps is not None or run.unit != "step"
                  else "steps_unknown", **told)


@dataclass(frozen=True, slots=True)
class Lost:
    """A charge whose call nobody saw the end of."""

    charge_id: str
    org_id: str
    org_name: str
    endpoint: str
    hold: int
    details: dict[str, Any]
    created_at: datetime


def lost(most: int) -> list[Lost]:
    """Calls whose lease is over, without a run, that nobody has asked Skyvern about; the newest first. Those that are
    a question to an admin are none of them, so that however many there are, no other waits behind them."""
    rows = db.session.execute(select(Charge, Organization.name).join(Organization, Organization.id == Charge.org_id)
                              .where(Charge.state == "held", Charge.endpoint.in_(ASKED), Charge.run_id.is_(None),
                                     Charge.lease_until < now(), IS_QUESTION.is_(False))
                              .order_by(Charge.created_at.desc()).limit(most))
    found = [Lost(charge.id, charge.org_id, name, charge.endpoint, charge.hold, charge.details, charge.created_at)
             for charge, name in rows]
    db.session.remove()
    return found


def _open(*conditions: Any, most: int) -> list[OpenRun]:
    rows = db.session.execute(
        select(Charge, Price.unit, Price.amount).join(Price, Price.id == Charge.price_id, isouter=True)
        .where(Charge.state == "held", Charge.endpoint.in_(RUNS), Charge.run_id.is_not(None), *conditions)
        .order_by(Charge.lease_until).limit(most))
    found = [OpenRun(charge.id, charge.run_id or "", unit or "", amount or 0, charge.hold, charge.created_at)
             for charge, unit, amount in rows]
    db.session.remove()
    return found
