"""What an examination comes to: the cause first, as text for people and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from ..formatters import duration, exact_time
from .check import LAYERS, Check
from .finding import ORDER, Finding

MARKS = {"ok": "✓", "warn": "!", "fail": "✗", "unknown": "?", "skip": "–"}
PLAIN_MARKS = {"ok": "+", "warn": "!", "fail": "x", "unknown": "?", "skip": "-"}
INDENT = "    "
LONGEST_TOLD = 160  # characters of one value in a text report


def owner_of(found: Finding, checks: Sequence[Check]) -> Check | None:
    """The check that this finding is of: the one of its name, or the longest whose name and `-` it begins with."""
    fitting = [each for each in checks if found.check == each.name or found.check.startswith(f"{each.name}-")]
    return max(fitting, key=lambda each: len(each.name), default=None)


def in_order(findings: Iterable[Finding], checks: Sequence[Check]) -> tuple[Finding, ...]:
    """A cause before its consequence: as the checks stand; findings of no check at the end."""
    places = {each.name: place for place, each in enumerate(checks)}

    def place_of(found: Finding) -> int:
        check = owner_of(found, checks)
        return places[check.name] if check else len(places)
    return tuple(sorted(findings, key=place_of))


@dataclass(frozen=True, slots=True)
class Report:
    """All findings in their order, and what they come to. `looked_at` is naive UTC; None: nobody has looked yet."""

    findings: tuple[Finding, ...]
    looked_at: datetime | None = None
    thorough: bool = False

    @property
    def cause(self) -> Finding | None:
        """The first that fails: what follows may be its echo."""
        return next((each for each in self.findings if each.verdict == "fail"), None)

    @property
    def verdict(self) -> str:
        """fail, unknown, warn or ok; `none` when nothing was looked at."""
        looked = [each.verdict for each in self.findings if each.verdict != "skip"]
        return min(looked, key=ORDER.__getitem__, default="none")

    def count(self, verdict: str) -> int:
        """How many findings have this verdict."""
        return sum(1 for each in self.findings if each.verdict == verdict)

    @property
    def sentence(self) -> str:
        """The verdict in one sentence."""
        if cause := self.cause:
            return f"{cause.title.rstrip('.')}."
        known = _things(self.count("ok"), "check is well", "checks are well")
        match self.verdict:
            case "unknown":
                return f"{_things(self.count('unknown'), 'check', 'checks')} could not be made; nothing else fails."
            case "warn":
                return f"Nothing fails. {_things(self.count('warn'), 'thing', 'things')} could be better."
            case "ok":
                return f"Nothing is wrong: {known}."
        return "Nothing has been looked at yet."

    @property
    def beside(self) -> str:
        """What there is besides the verdict, in a few words; may be empty."""
        failing, warnings, skipped = self.count("fail"), self.count("warn"), self.count("skip")
        parts = [_things(failing - 1, "other thing fails", "other things fail") if failing > 1 else "",
                 _things(warnings, "warning", "warnings") if warnings and self.cause else "",
                 f"{skipped} not looked at" if skipped else ""]
        return ", ".join(part for part in parts if part)

    @property
    def text(self) -> str:
        """The whole report for people."""
        return as_text(self)

    def to_json(self) -> dict[str, Any]:
        """One object for programs."""
        looked_at = self.looked_at and self.looked_at.replace(tzinfo=UTC).isoformat(timespec="seconds")
        return {"verdict": self.verdict, "sentence": self.sentence,
                "cause": self.cause.to_json() if self.cause else None,
                "findings": [each.to_json() for each in self.findings],
                "looked_at": looked_at, "thorough": self.thorough, "version": own_version()}


def as_json(report: Report) -> str:
    """The report as indented JSON."""
    return json.dumps(report.to_json(), indent=2, ensure_ascii=False)


def as_text(report: Report, marks: Mapping[str, str] = MARKS) -> str:
    """The whole report: the cause and what to do, then every finding by layer."""
    lines = [f"Skyvern UI {own_version()}, the doctor, {exact_time(report.looked_at)}", "",
             *verdict_lines(report, marks)]
    layer = ""
    for each in report.findings:
        if each.layer != layer:
            layer = each.layer
            lines += ["", LAYERS.get(layer, layer)]
        lines.append(line_of(each, marks))
    return "\n".join(lines) + "\n"


def verdict_lines(report: Report, marks: Mapping[str, str] = MARKS) -> Iterator[str]:
    """The verdict, and of each thing that fails or warns what it is and what to do; the cause first."""
    mark = marks.get(report.verdict, "")
    yield f"{mark} {'The cause: ' if report.cause else ''}{_plain(report.sentence)}".strip()
    cause = report.cause
    if cause:
        yield from _told(cause)
    for verdict in ("fail", "unknown", "warn"):
        for each in report.findings:
            if each.verdict == verdict and each is not cause:
                yield ""
                yield f"{marks[verdict]} {_plain(each.title)}"
                yield from _told(each)


def line_of(found: Finding, marks: Mapping[str, str] = MARKS, name: str = "") -> str:
    """One finding in one line; `name` says what was not looked at."""
    took = f"  ({duration(found.seconds)})" if found.seconds >= 0.05 else ""
    title = f"{name or found.check}: not looked at" if found.title == "Not looked at" else found.title
    return f"  {marks[found.verdict]} {_plain(title)}{took}"


def _told(found: Finding) -> Iterator[str]:
    if found.explain:
        yield INDENT + _plain(found.explain)
    for place, step in enumerate(found.fix, 1):
        yield f"{INDENT}{place}. {_plain(step)}"
    if found.mend:
        yield f"{INDENT}Mend it on the page {_plain(found.mend)}"
    for name, value in found.evidence:
        yield f"{INDENT}{_plain(name)}: {_plain(value)[:LONGEST_TOLD]}"


def own_version() -> str:
    """The release of this server."""
    try:
        return version("skyvern-ui-server")
    except PackageNotFoundError:
        return "unknown"


def _plain(text: str) -> str:
    """One line that a terminal takes as text: what was answered by others may hold control characters."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def _things(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
