"""When a pool runs dry: what is left, at the pace of the last days, with the refills that are set.

The pace is what was spent in the last seven days, today among them, by the time they have lasted. Where that is
nothing, the last fourteen are asked; a service younger than that is measured since it was made, by a day at least.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from ..credits.refill_rules import next_turn

SHORT, LONG = 7, 14  # days
HORIZON = timedelta(days=365)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Refill:
    """How a pool fills itself. `mode`: none, set (to an amount) or add; thousandths; `due`: when next."""

    mode: str = "none"
    amount: int = 0
    period: str = "month"
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Forecast:
    """`kind`: `empty` already; `dry` at a moment; `idle`, nothing was spent lately; `kept`, the refills cover it;
    `far`, later than a year. `pace` in thousandths a day, measured over `days` days. `is_soon`: within a month."""

    kind: str
    pace: float = 0.0
    days: int = SHORT
    at: datetime | None = None
    is_soon: bool = False

    @property
    def rough_pace(self) -> int:
        """The pace to read: whole credits from ten on, else hundredths."""
        return int(round(self.pace, -3 if self.pace >= 10_000 else -1)) or 1


def forecast(left: int, spent: dict[date, int], made: datetime, moment: datetime, refill: Refill) -> Forecast:
    """Of a pool with so many thousandths left, held ones among them. `spent`: thousandths by day (UTC), fourteen days
    back. `made` is when the service began, `moment` is now; all naive UTC."""
    pace, days = _pace(spent, made, moment)
    if left <= 0:
        return Forecast("empty", pace, days)
    if pace <= 0:
        return Forecast("idle", 0.0, LONG)
    at, was_filled = _runs_dry(float(left), pace, moment, refill)
    if at is not None:
        return Forecast("dry", pace, days, at, at - moment < timedelta(days=30))
    return Forecast("kept" if was_filled else "far", pace, days)


def _pace(spent: dict[date, int], made: datetime, moment: datetime) -> tuple[float, int]:
    for days in (SHORT, LONG):
        first = moment.date() - timedelta(days=days - 1)
        total = sum(amount for day, amount in spent.items() if first <= day <= moment.date())
        if total:
            lasted = moment - max(datetime.combine(first, time()), made)
            return total / max(lasted / DAY, 1.0), days
    return 0.0, LONG


def _runs_dry(left: float, pace: float, moment: datetime, refill: Refill) -> tuple[datetime | None, bool]:
    """When, or None within the horizon; and whether a refill came before."""
    here, turn, was_filled = moment, refill.due if refill.mode != "none" else None, False
    while turn is not None and here < moment + HORIZON:
        turn = max(turn, here)
        if left < pace * ((turn - here) / DAY):
            break
        left -= pace * ((turn - here) / DAY)
        filled = max(left, refill.amount) if refill.mode == "set" else left + refill.amount
        was_filled, left = was_filled or filled > left, filled
        here, turn = turn, next_turn(turn, refill.period)
    days = left / pace
    if days > (moment + HORIZON - here) / DAY:
        return None, was_filled
    return here + timedelta(days=days), was_filled
