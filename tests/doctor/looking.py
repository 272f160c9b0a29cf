"""A doctor whose checks answer what a test tells them to, and time that passes when it says so."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from skyvern_ui.database import writing
from skyvern_ui.doctor.check import Check, Patient
from skyvern_ui.doctor.finding import Finding, ok
from skyvern_ui.doctor.history.rules import remember
from skyvern_ui.doctor.history.watching import Rounds
from skyvern_ui.extensions import db
from skyvern_ui.models.checkup import Checkup
from skyvern_ui.models.columns import now

LAYER_OF = {"network": "network", "key": "key", "webhooks": "webhooks", "model-answer": "model"}


def failing(check: str, code: str = "refused") -> Finding:
    return Finding(check, LAYER_OF[check], "fail", code, f"The {check} fails ({code})", "Because it is so.",
                   ("Do this.", "Then do that."), (("Host", "skyvern:8000"),), "/settings")


def fine(check: str) -> Finding:
    return ok(check, LAYER_OF[check], "All is well", ("Status", "200"))


class Doctor:
    """Four checks, of which one costs a token. `says` is what each answers, `asked` how often it was."""

    def __init__(self) -> None:
        self.says: dict[str, Finding | Exception] = {}
        self.asked: dict[str, int] = dict.fromkeys(LAYER_OF, 0)
        self.checks = tuple(self._check(name) for name in LAYER_OF)

    def _check(self, name: str) -> Check:
        def look(_patient: Patient) -> Finding:
            self.asked[name] += 1
            said = self.says.get(name, fine(name))
            if isinstance(said, Exception):
                raise said
            return said
        needs = ("network",) if name == "key" else ()
        return Check(name, LAYER_OF[name], name, look, needs=needs, free=name != "model-answer")


class Clock:
    """Time that a test moves: the rounds wait by it, and what is written down grows older with it."""

    def __init__(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        self._app, self.seconds = app, 1000.0
        monkeypatch.setattr("skyvern_ui.doctor.history.watching.time.monotonic", lambda: self.seconds)

    def passes(self, seconds: float) -> None:
        """The database is the clock of all that is written: it is set back by as much."""
        self.seconds += seconds
        span = timedelta(seconds=seconds)
        with self._app.app_context():
            with writing() as session:
                for row in session.scalars(select(Checkup)):
                    row.began_at, row.last_at = row.began_at - span, row.last_at - span
                    row.ended_at = row.ended_at - span if row.ended_at else None
            db.session.remove()


def rounds_of(app: Flask, doctor: Doctor, minutes: float = 3) -> Rounds:
    return Rounds(app, minutes, doctor.checks)


def saw(app: Flask, seconds_ago: float, *findings: Finding) -> None:
    with app.app_context():
        remember(findings, now() - timedelta(seconds=seconds_ago))


def count(app: Flask, model: Any, *where: Any) -> int:
    with app.app_context():
        try:
            return int(db.session.scalar(select(func.count()).select_from(model).where(*where)) or 0)
        finally:
            db.session.remove()
