"""Clocks: ours, the database's and Skyvern's."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from ...extensions import db
from ...relay.ask import ask
from ..check import Check, Patient
from ..finding import Finding, ok, skip

LAYER = "clock"
WARN_SECONDS, FAIL_SECONDS = 5.0, 30.0
RESOLUTION = 1.0  # a Date header tells whole seconds
SYNCHRONISE = "Let both machines keep their clocks by NTP, for example: $ timedatectl set-ntp true"


def look_at_database_clock(patient: Patient) -> Finding:
    """Ours against PostgreSQL's. SQLite has none of its own."""
    if patient.settings.sqlite:
        return ok("clock-database", LAYER, "The database uses our clock")
    with patient.app.app_context():
        try:
            with db.engine.connect() as connection:
                connection.execute(text("SELECT 1"))
                before = time.time()
                theirs = float(connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())
                after = time.time()
        except SQLAlchemyError:
            return skip("clock-database", LAYER, "Our database does not answer.")
    return judged("clock-database", "our database", theirs, before, after, 0.0,
                  "Sessions end too early or too late, and the audit log tells wrong times.")


def look_at_skyvern_clock(patient: Patient) -> Finding:
    """Ours against the Date of Skyvern's answer (RFC 9110 6.6.1)."""
    if patient.connection is None:
        return skip("clock-skyvern", LAYER, patient.why_none)
    before = time.time()
    asked = ask("GET", patient.connection.url + "/api/v1/heartbeat", seconds=4.0)
    after = time.time()
    theirs = read_date(asked.reply.headers.get("date", ""))
    if theirs is None:
        return skip("clock-skyvern", LAYER, "Skyvern's answer does not tell the time.")
    return judged("clock-skyvern", "Skyvern", theirs, before, after, RESOLUTION,
                  "Keys seem expired or not yet valid, codes for second factors are refused, schedules run late.")


def judged(check: str, whose: str, theirs: float, before: float, after: float, resolution: float, harm: str) -> Finding:
    """How far `theirs` lies outside of the moments between which it was read. Seconds since 1970, all of them.

    `resolution` is how much later than told the true time may be."""
    behind, ahead = before - (theirs + resolution), theirs - after
    off = max(behind, ahead, 0.0)
    shown = f"{off:.1f} s {'behind' if behind > ahead else 'ahead'}" if off else "none"
    evidence = (("Difference", shown), ("Ours", _shown(after)), ("Theirs", _shown(theirs)))
    if off <= WARN_SECONDS:
        return ok(check, LAYER, f"Our clock and that of {whose} agree", *evidence)
    direction = "behind" if behind > ahead else "ahead of"
    return Finding(check, LAYER, "fail" if off > FAIL_SECONDS else "warn", "clock_off",
                   f"The clock of {whose} is {_span(off)} {direction} ours", harm, (SYNCHRONISE,), evidence)


def read_date(value: str) -> float | None:
    """A Date header as seconds since 1970, or None."""
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _span(seconds: float) -> str:
    for size, name in ((86_400, "days"), (3600, "hours"), (120, "minutes")):
        if seconds >= size:
            return f"{seconds / (60 if size == 120 else size):.0f} {name}"
    return f"{seconds:.0f} seconds"


def _shown(moment: float) -> str:
    try:
        return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, ValueError, OSError):
        return "unreadable"


CHECKS: tuple[Check, ...] = (
    Check("clock-database", LAYER, "The database's clock", look_at_database_clock, seconds=8.0,
          needs=("own-database",)),
    Check("clock-skyvern", LAYER, "Skyvern's clock", look_at_skyvern_clock, seconds=6.0, needs=("network",)),
)
