"""How each check stood, from when to when: the answer to "since when?".

One row per period in which a check said the same: verdict and cause. Looking again extends it, another answer ends it.
A check that was not looked at (`skip`) says nothing, so it ends nothing. Where nobody looked for a while the period
ends with the last look, so that a night with the server switched off is not called a healthy one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, func, or_, select, text, update

from ...database import writing
from ...extensions import db
from ...models.checkup import Checkup
from ...models.columns import new_id, now
from ..finding import ORDER, Finding
from .period import Change, Period

GAP, MODEL_GAP = timedelta(minutes=30), timedelta(minutes=15)  # longer unseen is not the same period
UNUSED = "not_in_use"  # a skip with this code ends how it stood: it is not looked at again
KEPT, MOST_EACH = timedelta(days=90), 500
TICK = timedelta(microseconds=1)
LOCK_NUMBER = 7_205_531_978


def remember(findings: Iterable[Finding], moment: datetime | None = None) -> list[Change]:
    """Writes down what was found, in one transaction, and returns what changed verdict or cause (`before` is None for
    a check that was never seen). The findings must be scrubbed. `moment` is naive UTC. However many do this at once,
    each check has one open period. Raises SQLAlchemyError when the database is away."""
    found: dict[str, Finding] = {}
    findings = list(findings)
    _end([each.check for each in findings if each.verdict == "skip" and each.code == UNUSED])
    for each in findings:
        if each.verdict != "skip" and (each.check not in found
                                       or ORDER[each.verdict] < ORDER[found[each.check].verdict]):
            found[each.check] = each
    if not found:
        return []
    changes = []
    try:
        with writing() as session:
            if db.engine.dialect.name == "postgresql":
                session.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": LOCK_NUMBER})
            rows = {row.check: row for row in session.scalars(
                select(Checkup).where(Checkup.ended_at.is_(None), Checkup.check.in_(found)))}
            for finding in found.values():
                change = _note(finding, rows.get(finding.check), moment or now())
                if change is not None:
                    changes.append(change)
        return changes
    finally:
        db.session.remove()


def end_of_models(names: Iterable[str]) -> None:
    """Ends how these models stood, by the names of their upstreams: nobody's runs use them any more, so their trouble
    is nobody's. Raises SQLAlchemyError when the database is away."""
    for name in names:
        _end([], (f"model-{name}-", f"model-answer-{name}", f"model-thorough-{name}-"))


def _end(checks: Sequence[str], prefixes: Sequence[str] = ()) -> None:
    if not checks and not prefixes:
        return
    which = or_(Checkup.check.in_(checks), *(Checkup.check.startswith(each, autoescape=True) for each in prefixes))
    try:
        with writing() as session:
            session.execute(update(Checkup).where(Checkup.ended_at.is_(None), which).values(ended_at=Checkup.last_at))
    finally:
        db.session.remove()


def _note(finding: Finding, row: Checkup | None, moment: datetime) -> Change | None:
    before = Period.of(row) if row else None
    if row is not None:
        moment = max(moment, row.last_at + TICK)  # also when the clock went back: periods have an order
        same = (row.verdict, row.code) == (finding.verdict, finding.code)
        unseen = moment - row.last_at > (MODEL_GAP if finding.layer == "model" else GAP)
        if same and not unseen:
            row.last_at, row.finding, row.layer = moment, finding.to_json(), finding.layer
            return None
        row.ended_at = row.last_at if unseen else moment
    fresh = Checkup(id=new_id(), check=finding.check, layer=finding.layer, verdict=finding.verdict, code=finding.code,
                    finding=finding.to_json(), began_at=moment, last_at=moment)
    db.session.add(fresh)
    if before is not None and (before.verdict, before.code) == (finding.verdict, finding.code):
        return None
    return Change(before, Period.of(fresh))


def latest_findings() -> dict[str, Period]:
    """How each check stood when it was last looked at (`last_at` says when), by its name. Holds no connection
    afterwards."""
    try:
        rows = db.session.scalars(select(Checkup).where(Checkup.ended_at.is_(None)).order_by(Checkup.check))
        return {row.check: Period.of(row) for row in rows}
    finally:
        db.session.remove()


def periods(check: str | None = None, *, layer: str | None = None, trouble: bool = False,
            before: tuple[datetime, str] | None = None, after: datetime | None = None,
            most: int = 100) -> list[Period]:
    """Periods, the newest first: of one check, of one layer, only trouble; those that come after the one that began
    then and has this id (`before`), or were seen after a moment (naive UTC)."""
    query = select(Checkup).order_by(Checkup.began_at.desc(), Checkup.id.desc()).limit(most)
    if check is not None:
        query = query.where(Checkup.check == check)
    if layer is not None:
        query = query.where(Checkup.layer == layer)
    if trouble:
        query = query.where(Checkup.verdict != "ok")
    if before is not None:
        query = query.where(or_(Checkup.began_at < before[0],
                                and_(Checkup.began_at == before[0], Checkup.id < before[1])))
    if after is not None:
        query = query.where(or_(Checkup.ended_at.is_(None), Checkup.ended_at > after))
    return [Period.of(row) for row in db.session.scalars(query)]


def since(check: str) -> datetime | None:
    """Since when this check says what it says now, its cause apart: what fails goes on failing when only the cause is
    another. Naive UTC; None when it was never looked at."""
    found = periods(check, most=MOST_EACH)
    if not found:
        return None
    return streak(found, lambda one, other: one.verdict == other.verdict)[-1].began_at


def streak(newest_first: list[Period], alike: Callable[[Period, Period], bool]) -> list[Period]:
    """The periods from the newest back that belong together by `alike(newest, older)`; those in which the doctor
    itself did not know (`unknown`) interrupt nothing."""
    known = [each for each in newest_first if each.verdict != "unknown"] or newest_first
    kept = [known[0]]
    for each in known[1:]:
        if not alike(known[0], each):
            break
        kept.append(each)
    return kept


def forget() -> None:
    """Drops what is older than 90 days, and of each check all but its newest 500 periods."""
    number = func.row_number().over(partition_by=Checkup.check, order_by=(Checkup.began_at.desc(), Checkup.id))
    ranked = select(Checkup.id, number.label("number")).subquery()
    with writing() as session:
        session.execute(delete(Checkup).where(Checkup.last_at < now() - KEPT))
        session.execute(delete(Checkup).where(Checkup.id.in_(
            select(ranked.c.id).where(ranked.c.number > MOST_EACH))))

