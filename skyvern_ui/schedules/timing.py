"""When a schedule is due, as its server decides it, and what a clock change does to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile

from ..skyvern.values.schedule import PENDING, Schedule
from .cron import BadCron, Fire, parse
from .words import moment
from .zones import changes, offset, zone_of

SHOWN, ANNOUNCED = 10, 5  # moments on our pages; moments that Skyvern announces


@dataclass(frozen=True, slots=True)
class Due:
    """One moment as it is shown: on a clock in the schedule's zone, how far that is from UTC, and what to know."""

    moment: datetime
    text: str
    offset: str
    note: str = ""


def fires(schedule: Schedule, after: datetime) -> Iterator[Fire]:
    """The moments after `after` (aware) at which it is due, paused or not. Empty for what cannot be read. Endless for
    most; never raises."""
    if schedule.run_at is not None:
        if schedule.run_at > after and schedule.dispatch in (None, PENDING):
            yield Fire(schedule.run_at)
    elif schedule.interval_seconds and schedule.first_fire_at:
        step, first = timedelta(seconds=schedule.interval_seconds), schedule.first_fire_at
        when = first + max(0, (after - first) // step + 1) * step if after >= first else first
        while when.year < 9000:
            yield Fire(when)
            when += step
    elif schedule.cron:
        try:
            yield from parse(schedule.cron).fires(zone_of(schedule.timezone), after)
        except (BadCron, OverflowError):
            return


def fires_between(schedule: Schedule, after: datetime, until: datetime) -> list[Fire]:
    """Those after `after` and not after `until`."""
    return list(takewhile(lambda fire: fire.moment <= until, fires(schedule, after)))


def next_fires(schedule: Schedule, now: datetime, most: int = SHOWN) -> list[Fire]:
    return list(islice(fires(schedule, now), most))


def shown(schedule: Schedule, found: Sequence[Fire]) -> list[Due]:
    """The moments in words, with a note where the clock leaves the wanted time out or shows it twice."""
    zone, dues = zone_of(schedule.timezone), []
    notes = {"gap": "The clocks skip this time, so it runs at the end of the gap.",
             "twice": "The clocks show this time twice; it runs the first time."}
    for fire in found:
        dues.append(Due(fire.moment, moment(fire.moment, zone), offset(zone, fire.moment), notes.get(fire.shift, "")))
    return dues


def change_notes(schedule: Schedule, found: Sequence[Fire], now: datetime) -> list[str]:
    """What to know of clock changes before the last of these moments. Only a cron follows the clock. Measured on
    1.0.56: when clocks go forward, its scheduler may take the run before for a missed one and start it once more."""
    if not schedule.cron or not found:
        return []
    zone, told = zone_of(schedule.timezone), []
    for when, minutes in changes(zone, now, found[-1].moment)[:2]:
        local = when.astimezone(zone)
        day = f"{local.day} {local:%B %Y}"
        if minutes > 0:
            told.append(f"On {day} clocks in {schedule.timezone} go forward by {_span(minutes)}. Skyvern 1.0.56 may "
                        "start a run too many that day.")
        else:
            told.append(f"On {day} clocks in {schedule.timezone} go back by {_span(-minutes)}. What falls into the "
                        "repeated time runs once, the first time.")
    return told


def disagreement(schedule: Schedule, announced: Sequence[datetime], now: datetime) -> str:
    """A sentence when Skyvern announces other moments than these, else nothing."""
    if not announced or not schedule.is_active:
        return ""
    ours = [fire.moment for fire in next_fires(schedule, now, len(announced))]
    if [_whole(each) for each in ours] == [_whole(each) for each in announced]:
        return ""
    odd = next((each for each in announced if _whole(each) not in {_whole(one) for one in ours}), announced[0])
    said = moment(odd, zone_of(schedule.timezone))
    if schedule.cron and changes(zone_of(schedule.timezone), now, announced[-1]):
        return (f"Skyvern announces {said} as well. Its announcements are an hour off around a clock change; "
                "what it starts follows the clock.")
    return f"Skyvern announces {said}, which is not among these. What Skyvern says counts."


def _span(minutes: int) -> str:
    return "an hour" if minutes == 60 else f"{minutes} minutes"


def _whole(when: datetime) -> datetime:
    return when.astimezone(UTC).replace(microsecond=0)
