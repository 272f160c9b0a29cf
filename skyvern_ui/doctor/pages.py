"""What the page of the doctor shows: layers of rows, as last known and as they end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from flask import current_app, render_template
from sqlalchemy.exc import SQLAlchemyError

from ..extensions import db
from ..models.columns import now
from .check import LAYERS, Check
from .finding import ORDER, Finding
from .history.period import Period
from .history.rules import latest_findings
from .report import Report, in_order, owner_of
from .visit import Ended, Visit

log = structlog.get_logger("doctor")
TOGETHER = timedelta(minutes=1)  # what one check said of several things is written at once
PAUSE = "\x1e"  # what was drawn so far leaves now; also the mark between two fragments
COSTS = ("It asks each model that is known here for a few answers, one of them about a picture, which costs a few "
         "hundred tokens, and opens a browser for some seconds to see its first frame.")


@dataclass(frozen=True, slots=True)
class Row:
    """One check and what it found; `state` is its worst verdict, `pending` while it looks, `none` when nobody has."""

    check: Check
    findings: tuple[Finding, ...] = ()
    since: Mapping[str, datetime] | None = None
    pending: bool = False

    @property
    def state(self) -> str:
        if self.pending:
            return "pending"
        return min((each.verdict for each in self.findings), key=ORDER.__getitem__, default="none")


@dataclass(frozen=True, slots=True)
class Layer:
    """The rows of one layer, and in which state they are together."""

    key: str
    rows: tuple[Row, ...]

    @property
    def label(self) -> str:
        return LAYERS.get(self.key, self.key)

    @property
    def state(self) -> str:
        states = [row.state for row in self.rows]
        for state in ("fail", "unknown", "warn", "pending", "ok", "skip"):
            if state in states:
                return state
        return "none"

    @property
    def note(self) -> str:
        """The layer in one line: what is wrong first, or how much was looked at."""
        told = next((found for row in self.rows for found in row.findings if found.verdict == self.state), None)
        match self.state:
            case "fail" | "unknown" | "warn":
                return told.title if told else ""
            case "pending":
                return "looking"
            case "ok":
                count = sum(found.verdict == "ok" for row in self.rows for found in row.findings)
                return f"{count} {'check' if count == 1 else 'checks'}, all well"
            case "skip":
                return "not looked at"
        return "not looked at yet"


class Known:
    """How everything stood when it was last looked at."""

    def __init__(self, periods: Iterable[Period], checks: Sequence[Check]) -> None:
        self._checks = checks
        self._by_check: dict[str, list[Period]] = {}
        for each in periods:
            owner = owner_of(each.finding, checks)
            if owner is not None:
                self._by_check.setdefault(owner.name, []).append(each)
        for name, kept in self._by_check.items():  # a model that is gone is not looked at any more
            newest = max(each.last_at for each in kept)
            self._by_check[name] = [each for each in kept if newest - each.last_at < TOGETHER]
        self._began = {(each.check, each.verdict, each.code): each.began_at
                       for kept in self._by_check.values() for each in kept}

    @classmethod
    def read(cls, checks: Sequence[Check]) -> Known:
        """From the history; empty while the database is away."""
        try:
            return cls(latest_findings().values(), checks)
        except SQLAlchemyError as error:
            log.warning("history not read", error=type(error).__name__)
            return cls((), checks)
        finally:
            db.session.remove()

    def row(self, check: Check) -> Row:
        """The row of this check as last known."""
        kept = self._by_check.get(check.name, [])
        return Row(check, tuple(each.finding for each in kept), {each.check: each.began_at for each in kept})

    def fresh(self, check: Check, findings: tuple[Finding, ...]) -> Row:
        """The row of this check as just found, with since when it is so."""
        same = {found.check: self._began.get((found.check, found.verdict, found.code)) for found in findings}
        return Row(check, findings, {name: began for name, began in same.items() if began})

    def since(self, report: Report) -> datetime | None:
        """Since when the cause of this report is known (naive UTC)."""
        cause = report.cause
        return self._began.get((cause.check, cause.verdict, cause.code)) if cause else None

    def report(self) -> Report:
        """All that is known, and when the last of it was seen."""
        periods = [each for kept in self._by_check.values() for each in kept]
        return Report(in_order((each.finding for each in periods), self._checks),
                      max((each.last_at for each in periods), default=None))


def layers_of(rows: Iterable[Row]) -> list[Layer]:
    """The rows by layer, in the order of the layers."""
    grouped: dict[str, list[Row]] = {key: [] for key in LAYERS}
    for row in rows:
        grouped.setdefault(row.check.layer, []).append(row)
    return [Layer(key, tuple(found)) for key, found in grouped.items() if found]


def fragments(visit: Visit, known: Known, news: Iterator[Ended | None]) -> Iterator[str]:
    """Each row and the head of its layer as it ends, and the verdict at the end, divided by PAUSE."""
    chosen = {check.name for check in visit.checks}
    rows = {check.name: Row(check, pending=True) if check.name in chosen else known.row(check)
            for check in visit.all_checks}
    cause = ""
    yield render_template("doctor/_progress.html", done=0, total=len(chosen)) + PAUSE
    for each in news:
        if each is None:
            yield "\n"
            continue
        check, findings = each
        row = rows[check.name] = known.fresh(check, findings)
        layer = Layer(check.layer, tuple(each for each in rows.values() if each.check.layer == check.layer))
        done = sum(1 for name in chosen if not rows[name].pending)
        yield render_template("doctor/_finding.html", row=row, cause="") + PAUSE
        yield render_template("doctor/_layer_state.html", layer=layer) + PAUSE
        yield render_template("doctor/_progress.html", done=done, total=len(chosen)) + PAUSE
        settled = None if cause else _settled(rows[each.name] for each in visit.checks)
        if settled is not None:
            report = report_of(visit)
            cause = report.cause.check if report.cause else ""
            yield _verdict(report, known, partial=True)
            yield render_template("doctor/_finding.html", row=settled, cause=cause) + PAUSE
    if visit.is_over:
        yield _verdict(report_of(visit), known, partial=False)


def _settled(rows: Iterable[Row]) -> Row | None:
    """The row of the cause, once it is known: it fails, and all that stands before it has ended."""
    first = next((row for row in rows if row.pending or row.state == "fail"), None)
    return first if first is not None and not first.pending else None


def _verdict(report: Report, known: Known, *, partial: bool) -> str:
    return render_template("doctor/_verdict.html", report=report, since=known.since(report), partial=partial) + PAUSE


def progressive(visit: Visit, known: Known, ended: Iterator[Ended | None]) -> Iterator[str]:
    """The whole page, each row as soon as it and those before it have ended, the verdict at the end."""
    news = _Pausing(visit, known, ended)
    template = current_app.jinja_env.get_template("doctor/examination.html")
    values = {"news": news, "report": lambda: report_of(visit), "since": lambda: known.since(report_of(visit)),
              "total": len(visit.checks), "costs": COSTS, "pause": PAUSE}
    current_app.update_template_context(values)
    db.session.remove()
    held: list[str] = []
    for piece in template.generate(values):
        if PAUSE in piece:
            held.append(piece.replace(PAUSE, ""))
            yield "".join(held) or "\n"
            held.clear()
        else:
            held.append(piece)
    yield "".join(held)


class _Pausing:
    """What the template draws: layers, rows, and None where it shall let go of what it has drawn."""

    def __init__(self, visit: Visit, known: Known, ended: Iterator[Ended | None]) -> None:
        self._visit, self._known, self._ended = visit, known, ended

    def __iter__(self) -> Iterator[tuple[str | None, Row, str] | None]:
        """(the name of the layer where a new one begins, the row, the name of the cause once it is known)."""
        layer, cause = None, ""
        yield None
        for each in self._ended:
            if each is None:
                yield None
                continue
            check, findings = each
            cause = cause or next((found.check for found in findings if found.verdict == "fail"), "")
            yield (LAYERS.get(check.layer, check.layer) if check.layer != layer else None,
                   self._known.fresh(check, findings), cause)
            layer = check.layer
            yield None


def report_of(visit: Visit) -> Report:
    """What this visit has come to."""
    return Report(tuple(visit.findings), now(), visit.patient.thorough)


