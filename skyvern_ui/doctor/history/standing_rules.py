"""How things stand, read from the history: the trouble of this moment, and the model at some moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select

from ...extensions import db
from ...models.checkup import Checkup
from ...models.columns import now
from ...models.organization_settings import OrganizationSettings
from ..finding import ORDER, Finding
from .period import Period, naive
from .rules import periods, streak

IMPORTANT = ("own-database", "network", "prefixes", "upstream-database", "key", "model")  # a cause before its echo
STALE, NEAR = timedelta(minutes=15), timedelta(minutes=10)
MOST_BACK = 50
SAYS_NOTHING = ("unknown", "skip")


@dataclass(frozen=True, slots=True)
class Trouble:
    """What keeps everybody from working now, and since when (naive UTC)."""

    finding: Finding
    since: datetime


@dataclass(frozen=True, slots=True)
class ModelState:
    """How the model stood at some moment: what was seen nearest to it, the worst first, and how many seconds away."""

    worst: Period
    periods: tuple[Period, ...]
    seconds_away: float

    @property
    def is_failing(self) -> bool:
        """True when the model did not answer as it should."""
        return self.worst.verdict == "fail"

    @property
    def finding(self) -> Finding:
        """What the worst of them said."""
        return self.worst.finding


def banner_state() -> Trouble | None:
    """The first cause among the checks on which everything depends that failed when last looked at, unless that was
    more than 15 minutes ago or before the connection was saved: then it was about another one. One indexed read while
    all is well."""
    saved = select(func.max(OrganizationSettings.updated_at)).scalar_subquery()
    query = select(Checkup).where(Checkup.ended_at.is_(None), Checkup.verdict == "fail",
                                  Checkup.last_at > now() - STALE, or_(saved.is_(None), Checkup.last_at > saved),
                                  or_(Checkup.check.in_(IMPORTANT), Checkup.layer == "model"))
    found = [Period.of(row) for row in db.session.scalars(query)]
    if not found:
        return None
    first = min(found, key=lambda each: (_rank(each), each.began_at))
    whole = streak(periods(first.check, most=MOST_BACK), lambda one, other: one.verdict == other.verdict)
    return Trouble(first.finding, whole[-1].began_at if whole[0].verdict == "fail" else first.began_at)


def is_important(period: Period) -> bool:
    """Whether people want to hear that this check changed."""
    return period.check in IMPORTANT or period.layer == "model"


def model_state_at(moment: datetime) -> ModelState | None:
    """What was seen of the model nearest to this moment, within ten minutes before or after; None when nobody looked.
    A time without a zone is UTC."""
    at = naive(moment)
    query = select(Checkup).where(Checkup.layer == "model", Checkup.verdict.not_in(SAYS_NOTHING),
                                  Checkup.began_at <= at + NEAR, Checkup.last_at >= at - NEAR)
    nearest: dict[str, Period] = {}
    for each in map(Period.of, db.session.scalars(query)):
        known = nearest.get(each.check)
        if known is None or _distance(each, at) < _distance(known, at):
            nearest[each.check] = each
    if not nearest:
        return None
    ordered = sorted(nearest.values(), key=lambda each: (ORDER[each.verdict], each.seconds_from(at)))
    return ModelState(ordered[0], tuple(ordered), ordered[0].seconds_from(at))


def _distance(period: Period, moment: datetime) -> tuple[float, int]:
    return period.seconds_from(moment), ORDER[period.verdict]


def _rank(period: Period) -> int:
    return IMPORTANT.index(period.check) if period.check in IMPORTANT else len(IMPORTANT)
