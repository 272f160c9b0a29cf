"""An examination under way in this process: made once, followed by as many pages as look at it.

It goes on when whoever asked for it has left, because what it finds is remembered for all; it is over after a fixed
time, whatever the checks do.
"""

from __future__ import annotations

import math
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

import structlog

from .check import Check, Patient
from .examination import examine
from .finding import Finding, skip
from .report import owner_of
from .scrub import Scrub

log = structlog.get_logger("doctor")
QUICK_SECONDS, THOROUGH_SECONDS, HEARTBEAT_SECONDS = 20.0, 150.0, 1.0
FAIR_SECONDS = 5.0  # who was given as much and has not answered hangs; who was given less is not judged
NOTHING_HERE = "There is nothing of this kind to look at."
Ended = tuple[Check, tuple[Finding, ...]]


def chosen(checks: Sequence[Check], *, thorough: bool) -> tuple[Check, ...]:
    """What is looked at: all but the checks that only a thorough examination makes."""
    return tuple(each for each in checks if thorough or not each.thorough)


class Visit:
    """One examination. `then` is told, once, all that was found, before the visit is over."""

    def __init__(self, patient: Patient, checks: Sequence[Check], scrub: Scrub, *, seconds: float | None = None,
                 then: Callable[[list[Finding]], None] | None = None) -> None:
        """`seconds` is the longest that the whole may take; without it, by how thorough it is."""
        self.patient, self.all_checks = patient, tuple(checks)
        self.checks = chosen(checks, thorough=patient.thorough)
        self.is_over = False
        self._scrub, self._then = scrub, then
        self._seconds = seconds or (THOROUGH_SECONDS if patient.thorough else QUICK_SECONDS)
        self._ended: dict[str, Ended] = {}
        self._begun: dict[str, float] = {}
        self._awaited: dict[str, int] = {}
        self._news = threading.Condition()
        self._given_up = threading.Event()

    def start(self) -> Visit:
        """Begins to look, in threads of its own."""
        try:
            threading.Thread(target=self._supervise, name="examination", daemon=True).start()
        except RuntimeError:  # no room for another thread
            self.is_over = True
            raise
        return self

    def give_up(self) -> None:
        """Nobody may see the end: no further check is begun."""
        self._given_up.set()

    def news(self, gone: threading.Event | None = None) -> Iterator[Ended | None]:
        """Each check with all it found, as it ends; those that have ended already first. None about once a second in
        between, so that the caller writes something and learns whether anybody still reads. Ends with the visit, or
        when `gone` is set."""
        seen = 0
        while gone is None or not gone.is_set():
            with self._news:
                if len(self._ended) == seen and not self.is_over:
                    self._news.wait(HEARTBEAT_SECONDS)
                fresh, is_over = list(islice(self._ended.values(), seen, None)), self.is_over
            seen += len(fresh)
            yield from fresh or ((None,) if not is_over else ())
            if is_over and not fresh:
                return

    def in_order(self, gone: threading.Event | None = None) -> Iterator[Ended | None]:
        """As `news`, in the order in which a cause comes before its consequence."""
        held: dict[str, Ended] = {}
        waiting = list(self.checks)
        for each in self.news(gone):
            if each is None:
                yield None
                continue
            held[each[0].name] = each
            while waiting and waiting[0].name in held:
                yield held.pop(waiting.pop(0).name)

    @property
    def findings(self) -> list[Finding]:
        """What was found so far, in the order of the checks."""
        ended = dict(self._ended)
        return [found for check in self.checks if check.name in ended for found in ended[check.name][1]]

    def _supervise(self) -> None:
        deadline = time.monotonic() + self._seconds
        answers: queue.SimpleQueue[Finding | None] = queue.SimpleQueue()
        threading.Thread(target=self._examine, args=(answers,), daemon=True).start()
        found: dict[str, list[Finding]] = {}
        try:
            while (left := deadline - time.monotonic()) > 0 and not self._given_up.is_set():
                try:
                    each = answers.get(timeout=min(left, HEARTBEAT_SECONDS))
                except queue.Empty:
                    continue
                if each is None:
                    break
                self._note(each, found)
            self._given_up.set()
            self._close(found)
            if self._then is not None:
                self._then(self.findings)
        except Exception:
            log.exception("an examination broke")
        finally:
            with self._news:
                self.is_over = True
                self._news.notify_all()

    def _examine(self, answers: queue.SimpleQueue[Finding | None]) -> None:
        try:
            for each in examine(self.patient, [self._counted(check) for check in self.checks], self._scrub):
                answers.put(each)
                if self._given_up.is_set():
                    break
        finally:
            answers.put(None)

    def _counted(self, check: Check) -> Check:
        """The check, noting when it begins, and how many findings it has, so that its row is told once and whole."""
        def look(patient: Patient) -> list[Finding]:
            self._begun[check.name] = time.monotonic()
            found = check.examine(patient)
            findings = [found] if isinstance(found, Finding) else list(found)
            self._awaited[check.name] = len(findings)
            return findings or [skip(check.name, check.layer, NOTHING_HERE)]
        return replace(check, examine=look)

    def _note(self, each: Finding, found: dict[str, list[Finding]]) -> None:
        check = owner_of(each, self.checks)
        if check is None:
            log.warning("a finding of no check", check=each.check)
            return
        findings = found.setdefault(check.name, [])
        findings.append(each)
        if len(findings) >= self._awaited.get(check.name, 1):
            self._end(check, findings)

    def _close(self, found: dict[str, list[Finding]]) -> None:
        """What has not ended hangs, or was not looked at."""
        for check in self.checks:
            if check.name not in self._ended:
                self._end(check, found.get(check.name) or [self._late(check)])

    def _late(self, check: Check) -> Finding:
        given = time.monotonic() - self._begun.get(check.name, math.inf)
        if given >= min(FAIR_SECONDS, check.seconds, self._seconds / 2):
            return Finding(check.name, check.layer, "fail", "check_hung", "No answer in time",
                           f"What was asked had not answered after {given:.0f} seconds.", seconds=given)
        return Finding(check.name, check.layer, "skip", "skipped", "Not looked at",
                       f"The examination had to end after {self._seconds:.0f} seconds.")

    def _end(self, check: Check, findings: list[Finding]) -> None:
        with self._news:
            self._ended[check.name] = (check, tuple(findings))
            self._news.notify_all()


class TooMany(Exception):
    """The examination cannot begin now. `status` is an HTTP status."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


class Visits:
    """The examinations under way in this process: one for each session, and a few in all."""

    MOST = 4

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: dict[str, Visit] = {}

    def begin(self, session_id: str, visit: Visit) -> tuple[Visit, bool]:
        """(this visit, True), to be started; or the one that this session has under way, when it looks at as much, and
        False. Raises TooMany."""
        with self._lock:
            self._under_way = {key: each for key, each in self._under_way.items() if not each.is_over}
            before = self._under_way.get(session_id)
            if before is not None:
                if before.patient.thorough or not visit.patient.thorough:
                    return before, False
                raise TooMany(429, "An examination is under way. Begin the thorough one when it has ended.")
            if len(self._under_way) >= self.MOST:
                raise TooMany(503, "Several examinations are under way. Try again in a few seconds.")
            self._under_way[session_id] = visit
            return visit, True
