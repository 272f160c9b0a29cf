"""The support bundle: what somebody needs who is to help, and nothing that is nobody's business.

No prompt, no address of a page, no output, no name of a run, no person, no secret. What is read here is read once,
before the first byte leaves; every text then passes through the scrub and loses its people.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from ...config import Settings
from ...extensions import db
from ...models import AuditLog, Claim, Failure, LlmKey, Session, Share, User
from ...models.checkup import Checkup
from ...models.columns import now
from ...models.watch import Notice, Watch
from ..check import Check
from ..history.period import Period
from ..history.rules import latest_findings, periods
from ..report import Report, as_text, in_order
from ..scrub import Scrub
from .anonymous import Anonymous, hosts_of
from .words import ground, settings_in_words

FAILURES, PERIODS, HISTORY_DAYS, MOST_PEOPLE = 100, 1000, 30, 5000
KIND = re.compile(r"\(([a-z_0-9]{1,40})\)$")  # of "label (kind)": the label is somebody's own words
PLAIN_CODE = re.compile(r"[A-Za-z0-9_.-]{1,80}")
README = """This is a support bundle of Skyvern UI, made {moment}.

report.txt, report.json  what the doctor found when it last looked at each thing
history.json             how each check stood, from when to when, in the last {days} days
settings.json            the settings in words; of secrets only whether they are set
ground.json              releases of this server, Python, packages, the database and its schema
counts.json              how many people, sessions, runs, watches there are
failures.json            how the newest failed runs failed: kinds and codes

Not in it: keys, passwords and their hashes, tokens, secrets of webhooks; prompts, names, outputs and pages of runs;
names and addresses of people (they are "person 1", "somebody-1"). {hosts}
Look through it before you hand it on: you may know of something that no program does.
"""


@dataclass(frozen=True, slots=True)
class Bundle:
    """The files, each a name and its text."""

    files: tuple[tuple[str, str], ...]

    def stream(self) -> Iterator[bytes]:
        """The zip archive, file by file."""
        pipe = _Pipe()
        with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in self.files:
                archive.writestr(name, text)
                yield pipe.taken()
        yield pipe.taken()


def gather(settings: Settings, checks: Sequence[Check], scrub: Scrub, address: str, *, hide_hosts: bool) -> Bundle:
    """Reads and cleans everything. `address` is where Skyvern is. Call it inside an application; holds no connection
    afterwards. Raises SQLAlchemyError when the database is away."""
    moment = now()
    try:
        people = [(row.name or "", row.email) for row in db.session.execute(
            select(User.name, User.email).order_by(User.created_at, User.id).limit(MOST_PEOPLE))]
        history = periods(after=moment - timedelta(days=HISTORY_DAYS), most=PERIODS)
        counts, failures = _counts(), _failures()
        standing = latest_findings()
    finally:
        db.session.remove()
    hidden = Anonymous(people, hosts_of(settings, address), hide_hosts=hide_hosts)

    def clean(value: Any) -> Any:
        return hidden.everything(_scrubbed(value, scrub))

    report = Report(in_order((each.finding for each in standing.values()), checks),
                    max((each.last_at for each in standing.values()), default=None))
    told = {"report.json": {**report.to_json(), "last_looked": {name: _when(each.last_at)
                                                               for name, each in standing.items()}},
            "history.json": [_told(each) for each in history], "settings.json": settings_in_words(settings),
            "ground.json": ground(), "counts.json": counts, "failures.json": failures}
    hosts = "Hosts have numbers too." if hide_hosts else "Addresses of servers are in it."
    readme = README.format(moment=_when(moment), days=HISTORY_DAYS, hosts=hosts)
    return Bundle((("README.txt", readme), ("report.txt", clean(as_text(report))),
                   *((name, json.dumps(clean(value), indent=1, ensure_ascii=False)) for name, value in told.items())))


def _scrubbed(value: Any, scrub: Scrub) -> Any:
    if isinstance(value, str):
        return scrub.text(value)
    if isinstance(value, dict):
        return {name: _scrubbed(each, scrub) for name, each in value.items()}
    return [_scrubbed(each, scrub) for each in value] if isinstance(value, list | tuple) else value


def _counts() -> dict[str, Any]:
    whole = {"people": User, "sessions": Session, "runs_started_here": Claim, "audit_rows": AuditLog, "shares": Share,
             "registered_models": LlmKey, "periods": Checkup}
    told: dict[str, Any] = {name: db.session.scalar(select(func.count()).select_from(model))
                            for name, model in whole.items()}
    for name, column in (("people_by_role", User.role), ("watches_by_kind", Watch.kind),
                         ("notices_by_status", Notice.status), ("failures_by_model_error", Failure.model_error)):
        rows = db.session.execute(select(column, func.count()).group_by(column).order_by(column))
        told[name] = {str(row[0] or "none"): row[1] for row in rows}
    return told


def _failures() -> list[dict[str, Any]]:
    query = select(Failure.run_id, Failure.kind, Failure.status, Failure.category, Failure.block, Failure.model_error,
                   Failure.error_code, Failure.ended_at).order_by(Failure.ended_at.desc(), Failure.run_id)
    return [{"run": row.run_id, "kind": row.kind, "status": row.status, "category": _code(row.category),
             "block": found[1] if (found := KIND.search(row.block)) else "", "model_error": row.model_error,
             "error_code": _code(row.error_code), "ended": _when(row.ended_at)}
            for row in db.session.execute(query.limit(FAILURES))]


def _code(text: str) -> str:
    """A code, or nothing: some servers write sentences in its place, and people's own words with them."""
    return text if PLAIN_CODE.fullmatch(text) else "words" if text else ""


def _told(period: Period) -> dict[str, Any]:
    return {"check": period.check, "layer": period.layer, "verdict": period.verdict, "code": period.code,
            "title": period.finding.title, "evidence": [list(pair) for pair in period.finding.evidence],
            "from": _when(period.began_at), "last_seen": _when(period.last_at),
            "until": _when(period.ended_at) if period.ended_at else None}


def _when(moment: datetime) -> str:
    return moment.replace(tzinfo=UTC).isoformat(timespec="seconds")


class _Pipe(io.RawIOBase):
    """Where the archive is written, and taken away from piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._held += data
        return len(data)

    def taken(self) -> bytes:
        """What has been written since the last time."""
        data = bytes(self._held)
        self._held.clear()
        return data
