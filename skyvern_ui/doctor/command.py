"""`skyvern-ui doctor`: the same examination in a terminal, for when the pages do not come up.

It needs neither the database nor a connection, speaks plain text to terminals that know no other, and ends with
0 when nothing fails, 1 when something does, 2 when it could not begin.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import redirect_stdout, suppress

import click
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from ..config import BadSetting
from .check import LAYERS, Check
from .finding import Finding
from .report import MARKS, PLAIN_MARKS, Report, as_json, line_of, verdict_lines

WELL, SOMETHING_FAILS, NOT_BEGUN, INTERRUPTED = 0, 1, 2, 130
COLOURS = {"ok": "green", "warn": "yellow", "unknown": "yellow", "fail": "red", "skip": "bright_black"}


def run(*, as_object: bool, thorough: bool, deploy: bool, colour: bool) -> int:
    """Examines, tells, and returns the exit code. Raises nothing."""
    voice = Voice(colour=colour and not as_object and sys.stdout.isatty() and not os.environ.get("NO_COLOR"))
    try:
        report = _deployment(voice, as_object) if deploy else _examination(voice, as_object, thorough)
    except BadSetting as error:
        return _not_begun(as_object, str(error))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return _nobody_reads()
    except Exception as error:  # noqa: BLE001 - whoever asks a doctor must get a sentence, never a traceback
        return _not_begun(as_object, f"The doctor made a mistake ({type(error).__name__}).")
    if as_object:
        click.echo(as_json(report))
    else:
        voice.verdict(report)
    return SOMETHING_FAILS if report.cause else WELL


class Voice:
    """How a terminal is spoken to."""

    def __init__(self, *, colour: bool) -> None:
        self._colour = colour
        spoken = (getattr(sys.stdout, "encoding", None) or "ascii").lower().replace("-", "")
        self._marks = MARKS if spoken.startswith("utf") else PLAIN_MARKS
        self._layer = ""
        with suppress(AttributeError):
            sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]

    def tell(self, found: Finding, name: str = "") -> None:
        """One line, under the name of its layer."""
        if found.layer != self._layer:
            self._layer = found.layer
            self._say(("" if found.layer == "own" else "\n") + LAYERS.get(found.layer, found.layer), bold=True)
        self._say(line_of(found, self._marks, name), COLOURS[found.verdict] if found.verdict != "ok" else None)

    def verdict(self, report: Report) -> None:
        """The cause and what to do about it, then the rest."""
        self._say("")
        for line in verdict_lines(report, self._marks):
            mark = next((each for each, sign in self._marks.items() if line.startswith(f"{sign} ")), None)
            self._say(line, COLOURS.get(mark) if mark else None, bold=bool(mark))
        if report.beside:
            self._say(f"\n{report.beside[0].upper()}{report.beside[1:]}.")

    def _say(self, text: str, colour: str | None = None, bold: bool = False) -> None:
        styled = click.style(text, fg=colour, bold=bold) if self._colour and text else text
        click.echo(styled, color=self._colour)


def _examination(voice: Voice, as_object: bool, thorough: bool) -> Report:
    from ..audit import CLI
    from ..models.columns import now
    from .patient import read_patient, scrub_for
    from .visit import Visit

    app = _quiet_app()
    checks: Sequence[Check] = app.extensions["checks"]
    with app.app_context():
        _record(thorough)
        patient = read_patient(app, thorough=thorough, actor=CLI)
    visit = Visit(patient, checks, scrub_for(patient), then=lambda found: _remember(app, found)).start()
    for each in visit.in_order():
        for found in each[1] if each and not as_object else ():
            voice.tell(found, each[0].title if each else "")
    return Report(tuple(visit.findings), now(), thorough)


def _deployment(voice: Voice, as_object: bool) -> Report:
    from ..models.columns import now
    from .deploy.findings import deploy_findings, refused_start

    findings: Iterable[Finding]
    try:
        app = _quiet_app()
    except BadSetting as error:
        findings = [refused_start(error)]
    else:
        findings = deploy_findings(app)
    findings = tuple(findings)
    for found in findings if not as_object else ():
        voice.tell(found)
    return Report(findings, now())


def _quiet_app() -> Flask:
    """The application, its log silent: what it would say there is in the report, and the report is for reading."""
    from .. import create_app

    with redirect_stdout(io.StringIO()):
        return create_app()


def _record(thorough: bool) -> None:
    from ..audit import CLI, record
    from ..database import writing
    from ..extensions import db

    try:
        with writing():
            record(CLI, "doctor.examine", "doctor", None, thorough=thorough)
    except SQLAlchemyError:
        pass  # the database is one of the things that are looked at
    finally:
        db.session.remove()


def _remember(app: Flask, findings: list[Finding]) -> None:
    from .history.rules import remember

    with suppress(SQLAlchemyError), app.app_context():
        remember(findings)


def _nobody_reads() -> int:
    """The reader of a pipe has left; what Python would still write at its end goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return NOT_BEGUN


def _not_begun(as_object: bool, sentence: str) -> int:
    if as_object:
        click.echo(json.dumps({"verdict": "not_begun", "sentence": sentence, "cause": None, "findings": []}))
    else:
        click.echo(f"The doctor cannot begin: {sentence}", err=True)
    return NOT_BEGUN
