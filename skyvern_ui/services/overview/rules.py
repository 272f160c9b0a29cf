"""How all services stand, what they spend, when each runs dry: a handful of reads, however many calls there were."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from ...extensions import db
from ...models.charge import Charge
from ...models.columns import now
from ...models.organization import Organization, OrganizationCredits
from ..credits.endpoints import BY_PATH
from ..usage.daily_rules import OTHERS, Used, used
from .chart import SHADES, Chart, chart, ranked
from .forecast_rules import Forecast, Refill, forecast

DAYS, USUAL_DAYS = (7, 30, 90), 30
DIMENSIONS = ("service", "route", "model")
LEVELS = ("empty", "critical", "warning", "ok")
RANKS = 8


@dataclass(frozen=True, slots=True)
class Standing:
    """One service. Amounts in thousandths; today, seven and thirty days are days of UTC, today among them."""

    org_id: str
    name: str
    status: str
    level: str
    left: int
    held: int
    today: int
    week: int
    month: int
    forecast: Forecast
    refill: Refill
    last_call: datetime | None

    @property
    def needs_credits(self) -> bool:
        return self.level != "ok" and self.status == "active"


@dataclass(frozen=True, slots=True)
class Rank:
    """One route or model: what it came to, and its part of the largest and of all (0 to 1)."""

    key: str
    name: str
    calls: int
    spent: int
    tokens: int
    share: float
    length: float


@dataclass(frozen=True, slots=True)
class Overview:
    """All services, by name, and all that was used in the days that are looked at."""

    services: Sequence[Standing]
    used: Sequence[Used]
    days: int
    today: date


def overview(days: int = USUAL_DAYS) -> Overview:
    """Everything for one page. `days` as in DAYS."""
    moment = now()
    today = moment.date()
    rows = used(today - timedelta(days=max(days, USUAL_DAYS) - 1), today)
    by_org: dict[str, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        by_org[row.org_id][date.fromisoformat(row.day)] += row.spent
    last = select(func.max(Charge.created_at)).where(Charge.org_id == Organization.id).scalar_subquery()
    found = db.session.execute(
        select(Organization, OrganizationCredits, last).join(
            OrganizationCredits, OrganizationCredits.org_id == Organization.id)
        .where(Organization.is_service_account).order_by(func.lower(Organization.name), Organization.id)).all()
    standings = [_standing(org, pool, by_org[org.id], called, moment) for org, pool, called in found]
    return Overview(standings, rows, days, today)


def spending(seen: Overview, by: str) -> Chart:
    """What was spent by day, stacked by service, route or model; what has little is one series."""
    days = [seen.today - timedelta(days=n) for n in reversed(range(seen.days))]
    amounts: dict[str, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for row in within(seen):
        amounts[_key(row, by)][date.fromisoformat(row.day)] += row.spent
    sums = {key: sum(each.values()) for key, each in amounts.items()}
    rest_was_there = amounts.pop(OTHERS, {}) if by == "model" else {}
    shown = ranked({key: amount for key, amount in sums.items() if key in amounts}, SHADES)
    rest: dict[date, int] = defaultdict(int, rest_was_there)
    for key, each in amounts.items():
        if key not in shown:
            for day, amount in each.items():
                rest[day] += amount
    names = names_of(seen, by)
    series: list[tuple[str, Mapping[date, int]]] = [(names(key), amounts[key]) for key in shown]
    if any(rest.values()):
        series.append(("All others", rest))
    return chart(days, series, seen.today)


def ranks(seen: Overview, by: str) -> list[Rank]:
    """The routes or models of these days, the most expensive first; those that cost nothing by their calls."""
    calls: dict[str, int] = defaultdict(int)
    spent: dict[str, int] = defaultdict(int)
    tokens: dict[str, int] = defaultdict(int)
    for row in within(seen):
        key = _key(row, by)
        calls[key] += row.calls
        spent[key] += row.spent
        tokens[key] += row.tokens_in + row.tokens_out
    total, most, names = sum(spent.values()), max(spent.values(), default=0), names_of(seen, by)
    keys = sorted(calls, key=lambda key: (-spent[key], -calls[key], key))[:RANKS]
    return [Rank(key, names(key), calls[key], spent[key], tokens[key], spent[key] / total if total else 0.0,
                 spent[key] / most if most else 0.0) for key in keys]


def within(seen: Overview) -> Iterable[Used]:
    """What was used in the days that are looked at."""
    first = (seen.today - timedelta(days=seen.days - 1)).isoformat()
    return (row for row in seen.used if row.day >= first)


def names_of(seen: Overview, by: str) -> Callable[[str], str]:
    """How a key of this dimension is called on a page."""
    services = {each.org_id: each.name for each in seen.services}

    def name(key: str) -> str:
        if by == "service":
            return services.get(key, "A service that is gone")
        if by == "route":
            return BY_PATH[key].label if key in BY_PATH else key
        return "Without a model" if not key else "Models used little" if key == OTHERS else key

    return name


def _key(row: Used, by: str) -> str:
    return row.org_id if by == "service" else row.endpoint if by == "route" else row.model


def _standing(org: Organization, pool: OrganizationCredits, spent: Mapping[date, int], called: datetime | None,
              moment: datetime) -> Standing:
    def since(days: int) -> int:
        first = moment.date() - timedelta(days=days - 1)
        return sum(amount for day, amount in spent.items() if first <= day)

    refill = Refill(pool.refill_mode, pool.refill_amount, pool.refill_period, pool.next_refill_at)
    left = pool.credit_balance + pool.held
    return Standing(org.id, org.name, org.status, pool.level, pool.credit_balance, pool.held, since(1), since(7),
                    since(30), forecast(left, dict(spent), org.created_at, moment, refill), refill, called)
