"""Looking without being asked: every few minutes, by whichever worker holds the lease.

Only what costs nothing is asked. The exception is one token for the model, when a run has just failed and Skyvern only
guesses that the model was the cause: then the true cause is written down while it is still true. No connection to our
database is held while anybody is waited for.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from datetime import timedelta

import structlog
from flask import Flask

from ...access import skyvern_now
from ...models.columns import now
from ..check import Check
from ..checks import CHECKS
from ..examination import examine
from ..patient import read_patient, scrub_for
from . import alerts
from .period import Period
from .reasons import guessed_about_the_model
from .rules import latest_findings, remember
from .standing_rules import IMPORTANT, is_important

log = structlog.get_logger("doctor")
FIRST_SECONDS, SOON_SECONDS, LATEST_SOON = 5.0, 20.0, 60.0
BETWEEN_PROBES, PROBED_FOR = timedelta(minutes=10), timedelta(days=3)
MODEL = "model-answer"


class Rounds:
    """When to look at what. One per process, used by one thread: two looks never overlap."""

    def __init__(self, app: Flask, minutes: float, checks: Sequence[Check] = CHECKS) -> None:
        self._app, self._seconds = app, minutes * 60
        self._free = [check for check in checks if check.free and not check.thorough]
        self._important = _with_needs([c for c in self._free if c.name in IMPORTANT or c.layer == "model"], self._free)
        self._model = [check for check in checks if check.name.startswith(MODEL)]
        self._whole_at = time.monotonic() + FIRST_SECONDS * random.uniform(0.5, 1.5)
        self._soon_at, self._soon_pause, self._again_at = 0.0, SOON_SECONDS, 0.0
        self._version: int | None = None
        self._probe_from, self._read_until = 0.0, now()

    def step(self) -> bool:
        """Does what is due: the whole round, or another look at what has just changed or is failing. False when nothing
        was. Raises what the database raises when it is away; Skyvern being away is a finding, not an error."""
        moment = time.monotonic()
        if self._is_new_connection() or moment >= self._whole_at:
            self._whole_at = 0.0  # what the database breaks off is due again
            self._look(self._free)
            self._whole_at = time.monotonic() + self._seconds * random.uniform(0.8, 1.2)
            self._look_at_failed_runs()
        elif self._soon_at and moment >= self._soon_at:
            self._look(self._important)
        elif self._again_at and moment >= self._again_at:
            self._again_at = 0.0
            self._probe()
        else:
            return False
        alerts.tell_of_changes(self._app)
        return True

    def _look(self, checks: Sequence[Check]) -> None:
        """Examines and writes down. What matters and has changed, or fails, is looked at again soon: a second look
        makes it certain, and a mend is seen at once."""
        with self._app.app_context():
            patient = read_patient(self._app)
            findings = list(examine(patient, checks, scrub_for(patient)))
            changes = remember(findings)
        for change in [each for each in changes if each.before]:
            log.info("a check changed", check=change.after.check, verdict=change.after.verdict, code=change.after.code)
        names = {check.name for check in self._important}
        changed = any(change.before and is_important(change.after) for change in changes)
        failing = any(each.verdict == "fail" and each.check in names for each in findings)
        self._soon_pause = SOON_SECONDS if changed else min(self._soon_pause * 1.2, LATEST_SOON)
        self._soon_at = time.monotonic() + self._soon_pause if changed or failing else 0.0

    def _is_new_connection(self) -> bool:
        """Whether an admin has just saved another address or key."""
        version = self._app.extensions["reader"].scalar("SELECT max(version) FROM organization_settings") or 0
        is_new = self._version is not None and version != self._version
        self._version = version
        return is_new

    def _look_at_failed_runs(self) -> None:
        """Asks the model once when a run that has failed since the last look only guesses at it, or when the model
        failed the last time it was asked: then to see that it is back."""
        if not self._model or time.monotonic() < self._probe_from:
            return
        with self._app.app_context():
            known = [p for p in latest_findings().values() if p.check.startswith(MODEL)]
            if any(now() - each.last_at < BETWEEN_PROBES for each in known):
                return
            wanted = any(_is_missed(each) for each in known)
            skyvern = skyvern_now()
            if skyvern is None:
                return
            begun = now()
            wanted = guessed_about_the_model(skyvern, self._read_until) or wanted
            self._read_until = begun
        if wanted:
            self._probe(again=True)

    def _probe(self, again: bool = False) -> None:
        """One token at most: when it fails it costs nothing, and is asked once more to be certain."""
        self._probe_from = time.monotonic() + BETWEEN_PROBES.total_seconds()
        with self._app.app_context():
            patient = read_patient(self._app)
            findings = list(examine(patient, self._model, scrub_for(patient)))
            remember(findings)
        if again and any(each.verdict == "fail" for each in findings):
            self._again_at = time.monotonic() + SOON_SECONDS


def _is_missed(period: Period) -> bool:
    return period.verdict == "fail" and now() - period.began_at < PROBED_FOR


def _with_needs(wanted: Sequence[Check], among: Sequence[Check]) -> list[Check]:
    """These checks and what must be sound before they make sense, in the order of `among`."""
    names = {check.name for check in wanted}
    for check in reversed(among):  # a need stands before what needs it
        if check.name in names:
            names |= set(check.needs)
    return [check for check in among if check.name in names]
