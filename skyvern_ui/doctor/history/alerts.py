"""Telling admins who asked that something everybody depends on broke, or works again.

What is told is read from the history, so it does not matter who looked: the background, a page, the command line. A
change counts when it was seen twice, fifteen seconds apart or more; what lasts shorter is told to nobody, and neither
is its end. The notice's unique key (watch, check, the period with which the change began) makes it once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask

from ...extensions import db
from ...models.columns import now
from ...notices.rules import OF_DOCTOR, tell, told_of, watches_of_the_doctor
from ..check import LAYERS
from .period import Period
from .rules import latest_findings, periods
from .standing_rules import is_important

CERTAIN, NEWS_LASTS, MOST_BACK = timedelta(seconds=15), timedelta(hours=24), 50
STATES = {"fail": "failing", "ok": "ok", "warn": "ok"}


@dataclass(frozen=True, slots=True)
class Standing:
    """A time in which a check certainly failed, or certainly worked: its periods, the oldest first."""

    state: str
    periods: tuple[Period, ...]

    @property
    def began_at(self) -> datetime:
        """When it was first seen so; naive UTC."""
        return self.periods[0].began_at

    @property
    def is_certain(self) -> bool:
        """Seen twice; a model that has answered once works, and is not paid to say so again."""
        if self.state == "ok" and self.periods[0].layer == "model":
            return True
        return self.periods[-1].last_at - self.began_at >= CERTAIN


def tell_of_changes(app: Flask) -> int:
    """Makes the notices of what has certainly changed in the last day. How many are new."""
    new = 0
    with app.app_context():
        try:
            watches = watches_of_the_doctor()
            if not watches:
                return 0
            db.session.expunge_all()
            for period in [each for each in latest_findings().values() if is_important(each)]:
                known = standings(periods(period.check, most=MOST_BACK))
                if len(known) < 2 or known[-1].began_at < now() - NEWS_LASTS:
                    continue
                topic, occasion = OF_DOCTOR + period.check, known[-1].periods[0].id
                told = told_of([each.id for each in watches], [topic])
                later = [each for each in watches if each.created_at <= known[-1].began_at
                         and (each.id, topic, occasion) not in told]
                if later:
                    new += tell(later, topic, occasion, content_of(*known[-2:]), False)
        finally:
            db.session.remove()
    return new


def standings(newest_first: Sequence[Period]) -> list[Standing]:
    """The certain times of a check, the oldest first, each unlike the one before it."""
    groups = [each for each in _grouped(reversed(newest_first)) if each.is_certain]
    kept: list[Standing] = []
    for each in groups:
        if kept and kept[-1].state == each.state:
            kept[-1] = Standing(each.state, kept[-1].periods + each.periods)
        else:
            kept.append(each)
    return kept


def content_of(before: Standing, after: Standing) -> dict[str, Any]:
    """What is kept to tell people later. Of a mend it is told what had been broken."""
    broken = after if after.state == "failing" else before
    finding = broken.periods[-1].finding
    return {
        "kind": "doctor", "status": after.state, "check": finding.check,
        "layer": LAYERS.get(finding.layer, finding.layer), "code": finding.code, "title": finding.title,
        "reason": finding.explain, "fix": list(finding.fix),
        "since": broken.began_at.isoformat(), "until": after.began_at.isoformat() if after is not broken else None,
    }


def _grouped(oldest_first: Iterable[Period]) -> list[Standing]:
    groups: list[Standing] = []
    for each in oldest_first:
        state = STATES.get(each.verdict)
        if state is None:
            continue  # the doctor did not know
        if groups and groups[-1].state == state:
            groups[-1] = Standing(state, (*groups[-1].periods, each))
        else:
            groups.append(Standing(state, (each,)))
    return groups
