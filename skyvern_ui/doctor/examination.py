"""Running the checks side by side and telling what each found as it ends.

The doctor itself never fails: a check that raises is a finding, a check that hangs is given up at its deadline, and
what any of them says goes through the scrubber before anybody sees it.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator, Sequence

import structlog

from .check import Check, Patient
from .finding import Finding
from .scrub import Scrub

log = structlog.get_logger("doctor")
AT_ONCE = 8
Answer = tuple[Check, list[Finding]]


def examine(patient: Patient, checks: Sequence[Check], scrub: Scrub) -> Iterator[Finding]:
    """Yields each finding as its check ends; every check yields at least one. Raises nothing.

    A check begins when those it needs have ended; if one of them failed, it is skipped. Whoever stops iterating leaves
    the checks under way to end by their own deadlines."""
    waiting, running, ended = list(checks), dict[str, tuple[Check, float]](), set[str]()
    causes: dict[str, str] = {}  # of what failed, and of what was skipped for it
    names = {check.name for check in checks}
    answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
    while waiting or running:
        ready = [each for each in waiting if names.isdisjoint(set(each.needs) - ended)]
        hopeless = next((each for each in ready if any(name in causes for name in each.needs)), None)
        if hopeless is not None:
            waiting.remove(hopeless)
            ended.add(hopeless.name)
            causes[hopeless.name] = next(causes[name] for name in hopeless.needs if name in causes)
            yield _skipped(hopeless, causes[hopeless.name])
            continue
        for check in ready[:AT_ONCE - len(running)]:
            waiting.remove(check)
            running[check.name] = check, time.monotonic() + check.seconds
            threading.Thread(target=_run, args=(check, patient, answers), daemon=True).start()
        for check, findings in _next(running, answers):
            del running[check.name]
            ended.add(check.name)
            if any(each.verdict in ("fail", "unknown") for each in findings):
                causes[check.name] = check.title
            yield from map(scrub.finding, findings)


def _next(running: dict[str, tuple[Check, float]], answers: queue.SimpleQueue[Answer]) -> Iterator[Answer]:
    """The next answer, or what is given up because its deadline has passed."""
    if not running:
        return
    first = min(until for _, until in running.values())
    try:
        check, findings = answers.get(timeout=max(0.0, first - time.monotonic()))
        if check.name in running:  # else it was given up before
            yield check, findings
    except queue.Empty:
        for check, until in list(running.values()):
            if until <= time.monotonic():
                yield check, [_hung(check)]


def _run(check: Check, patient: Patient, answers: queue.SimpleQueue[Answer]) -> None:
    begun = time.monotonic()
    try:
        found = check.examine(patient)
        findings = [found] if isinstance(found, Finding) else list(found)
    except Exception as error:
        log.exception("a check broke", check=check.name)
        findings = [Finding(check.name, check.layer, "unknown", "check_broke", "This check could not be made",
                            "The doctor made a mistake here, not you. The server's log says more.",
                            evidence=(("Error", type(error).__name__),))]
    answers.put((check, [each.timed(time.monotonic() - begun) for each in findings]))


def _hung(check: Check) -> Finding:
    return Finding(check.name, check.layer, "fail", "check_hung", "No answer in time",
                   f"What was asked had not answered after {check.seconds:.0f} seconds.", seconds=check.seconds)


def _skipped(check: Check, cause: str) -> Finding:
    return Finding(check.name, check.layer, "skip", "skipped", "Not looked at",
                   f"It makes sense only when this is put right: {cause}.")
