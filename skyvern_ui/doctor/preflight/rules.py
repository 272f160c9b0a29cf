"""A quick look before something is started: is Skyvern there, does it take our key, does the model answer, is it busy?

It warns and never stops anybody: what it sees may be over in a second, and what it does not see may fail all the same.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from ...models.columns import now
from ...relay.ask import Asked, ask
from ...skyvern.connection import Connection
from ..history.standing_rules import ModelState, model_state_at

SECONDS, SHARED_SECONDS, BAD_SHARED_SECONDS = 2.0, 20.0, 4.0
MANY = 6  # Skyvern 1.0.56 has no limit that could be asked for; with six browsers at once, each starts slowly
KEY_ROUTE = "/v1/workflows?page_size=1"  # asks the key and the database (api 1.1)
BUSY_ROUTE = f"/v1/runs?page=1&page_size={MANY}&status=created&status=queued&status=running"
WAITING = ("created", "queued")


@dataclass(frozen=True, slots=True)
class Advice:
    """One sentence before a start. `kind` is ok, warn or bad; `code` is for programs."""

    kind: Literal["ok", "warn", "bad"]
    code: str
    title: str
    text: str = ""


READY = Advice("ok", "ready", "Skyvern is ready.")
AWAY = Advice("bad", "unreachable", "Skyvern cannot be reached right now.", "What you start would not begin.")
SLOW = Advice("warn", "slow", "Skyvern is slow to answer right now.", "Starting may take a while.")
REFUSED = Advice("bad", "key", "Skyvern does not accept our key right now.", "What you start would not begin.")
BROKEN = Advice("bad", "database", "Skyvern is there, but cannot work: its database is in trouble.",
                "What you start would not begin.")
WRONG = Advice("bad", "service", "Something other than Skyvern answers at its address.",
               "What you start would not begin.")
QUEUED = Advice("warn", "queued", "Other runs are waiting to begin.", "Yours would begin after them.")
FULL = Advice("warn", "busy", "Many runs are under way.", "Yours may begin slowly.")


class Preflight:
    """What this process saw a moment ago, so that many pages ask once. A bad answer is forgotten sooner."""

    def __init__(self) -> None:
        self._lock, self._seen = threading.Lock(), dict[tuple[str, str], tuple[float, Advice]]()

    def look(self, connection: Connection) -> Advice:
        """How Skyvern is, within about two seconds. Asks at most once in twenty; raises nothing."""
        place = (connection.url, connection.key)
        with self._lock:
            until, advice = self._seen.get(place, (0.0, READY))
            if time.monotonic() < until:
                return advice
            advice = _look(connection)
            lasts = SHARED_SECONDS if advice.kind == "ok" else BAD_SHARED_SECONDS
            self._seen = {place: (time.monotonic() + lasts, advice)}
            return advice


def with_model(skyvern: Advice, model: ModelState | None, is_admin: bool) -> Advice:
    """The advice, of which the model's trouble is a part: what keeps a run from starting goes before what fails it."""
    if skyvern.kind == "bad" or model is None or not model.is_failing:
        return skyvern
    why = model.finding.title if is_admin else "What you start would probably fail."
    return Advice("bad", "model", "The model did not answer as it should when it was last asked.", why)


def model_now() -> ModelState | None:
    """How the model was when it was last asked, if that was less than ten minutes ago."""
    return model_state_at(now())


def _look(connection: Connection) -> Advice:
    key = [("x-api-key", connection.key), ("accept", "application/json")]
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(ask, "GET", connection.url + KEY_ROUTE, key, seconds=SECONDS)
        second = pool.submit(ask, "GET", connection.url + BUSY_ROUTE, key, seconds=SECONDS)
        return _judged(first.result()) or _busy(second.result()) or READY


def _judged(answer: Asked) -> Advice | None:
    if answer.reply.trouble == "timeout":
        return SLOW
    if answer.status is None:
        return AWAY
    if answer.status in (401, 403, 407) or answer.status == 404 and b"Organization not found" in answer.reply.body:
        return REFUSED
    if answer.status >= 500:
        return AWAY if answer.status in (502, 504) else BROKEN
    if answer.is_web_page or answer.reply.trouble == "redirect":
        return WRONG
    return None


def _busy(answer: Asked) -> Advice | None:
    found = answer.json() if answer.status == 200 else None
    rows: Sequence[object] = found if isinstance(found, list) else ()
    statuses = [str(row.get("status")) for row in rows if isinstance(row, dict)]
    if sum(each in WAITING for each in statuses) >= 2:  # one may be in the very moment of starting
        return QUEUED
    return FULL if len(statuses) >= MANY else None
