"""Whether the books agree: what was changed by hand is entered, and what the ledger says is compared with the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import func, select, update

from ...audit import Actor, record
from ...database import writing
from ...extensions import db
from ...formatters import credits
from ...models.charge import Charge, LedgerEntry
from ...models.organization import OrganizationCredits
from ...models.service_key import ServiceKey
from .pool_rules import STANDING, enter, relevel, sums

CHUNK, MOST_TOLD = 2000, 20
ROWS = {"settled": ({"hold", "settle"}, {"hold", "release", "late_settle"}), "released": ({"hold", "release"},),
        "expired": ({"hold", "release"},), "held": ({"hold"},)}


def reconcile(org_id: str, actor: Actor) -> int:
    """Enters what somebody changed in the pool by hand. The difference found, in thousandths; 0 when there is none."""
    with writing() as session:
        row = session.execute(update(OrganizationCredits)
                              .where(OrganizationCredits.org_id == org_id,
                                     OrganizationCredits.credit_balance != OrganizationCredits.known_balance)
                              .values(level=OrganizationCredits.level)
                              .returning(*STANDING, OrganizationCredits.known_balance)).first()
        if row is None:
            return 0
        difference = int(row.credit_balance - row.known_balance)
        session.execute(update(OrganizationCredits).where(OrganizationCredits.org_id == org_id)
                        .values(known_balance=OrganizationCredits.known_balance + difference))
        pool = relevel(org_id, row[:-1])
        enter(org_id, "adjust", difference, 0, pool, actor.name, reason="Changed by hand in the database")
        record(actor, "credits.reconcile", "organization", org_id, amount=difference)
        return difference


def reconcile_all(actor: Actor) -> int:
    """For every pool that was changed by hand. How many there were; one small read when there is none."""
    changed = db.session.scalars(select(OrganizationCredits.org_id).where(
        OrganizationCredits.credit_balance != OrganizationCredits.known_balance)).all()
    db.session.remove()
    return sum(reconcile(org_id, actor) != 0 for org_id in changed)


def disagreements(org_id: str) -> list[str]:
    """Sentences about what does not agree; none when all does. Everything is read as it stood at one moment, also
    while calls are made; the ledger is read a part at a time."""
    db.session.remove()
    if db.engine.dialect.name == "postgresql":
        db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    try:
        return [*_of_the_pool(org_id), *_of_charges(org_id)][:MOST_TOLD]
    finally:
        db.session.remove()


def _of_the_pool(org_id: str) -> Iterator[str]:
    pool = db.session.get(OrganizationCredits, org_id)
    if pool is None:
        yield "This service has no pool."
        return
    available, held = sums(org_id)
    if pool.credit_balance != pool.known_balance:
        yield f"The pool was changed by hand by {_credits(pool.credit_balance - pool.known_balance)}, not entered yet."
    if available != pool.known_balance:
        yield f"The ledger says {_credits(available)} are available, the pool {_credits(pool.known_balance)}."
    if held != pool.held:
        yield f"The ledger says {_credits(held)} are held, the pool {_credits(pool.held)}."
    under_way = int(db.session.scalar(select(func.coalesce(func.sum(Charge.hold), 0)).where(
        Charge.org_id == org_id, Charge.state == "held")) or 0)
    if under_way != pool.held:
        yield f"The calls under way hold {_credits(under_way)}, the pool {_credits(pool.held)}."


def _of_charges(org_id: str) -> Iterator[str]:
    """Every charge has the rows of its state and no others, and the keys have spent what their charges took."""
    spent: defaultdict[str, int] = defaultdict(int)
    after = ""
    while charges := db.session.execute(
            select(Charge.id, Charge.key_id, Charge.state, Charge.hold, func.coalesce(Charge.actual, 0)).where(
                Charge.org_id == org_id, Charge.id > after).order_by(Charge.id).limit(CHUNK)).all():
        after = charges[-1][0]
        kinds: defaultdict[str | None, set[str]] = defaultdict(set)
        moved: defaultdict[str | None, int] = defaultdict(int)
        for charge_id, kind, d_available in db.session.execute(
                select(LedgerEntry.charge_id, LedgerEntry.kind, LedgerEntry.d_available).where(
                    LedgerEntry.charge_id >= charges[0][0], LedgerEntry.charge_id <= after,
                    LedgerEntry.org_id == org_id)):
            kinds[charge_id].add(kind)
            moved[charge_id] -= d_available
        for charge_id, key_id, state, hold, actual in charges:
            took = hold if state == "held" else actual
            spent[key_id or ""] += took
            if kinds[charge_id] not in (ROWS[state] if hold else (set(),)) or moved[charge_id] != took:
                yield f"The rows of the {state} call {charge_id} do not add up to the {_credits(took)} it took."
    for key_id, told in db.session.execute(select(ServiceKey.id, ServiceKey.spent).where(ServiceKey.org_id == org_id)):
        if told != spent[key_id]:
            yield f"The key {key_id} says it spent {_credits(told)}, its calls {_credits(spent[key_id])}."


def _credits(amount: int) -> str:
    return f"{credits(amount)} credits"
