"""What one check found, in one shape for the page, the command line, the history and the bundle."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from ..diagnosis.diagnosis import Diagnosis

Verdict = Literal["ok", "warn", "fail", "skip", "unknown"]
ORDER: dict[str, int] = {"fail": 0, "unknown": 1, "warn": 2, "ok": 3, "skip": 4}  # the worst first


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check.

    `check` names the row: lower-case letters, digits, `-`; the same thing always has the same name, because the history
    is kept by it. `code` is the stable cause in snake_case (`ok` when there is none). `title` is the cause in one short
    sentence, `explain` at most three, `fix` what to do, in order; a fix that begins with `$ ` is a command to copy.
    `evidence` is what was measured, as pairs of name and value. `mend` is the path of the page of ours that mends it,
    or empty. `skip` means: not looked at, and why."""

    check: str
    layer: str
    verdict: Verdict
    code: str
    title: str
    explain: str = ""
    fix: tuple[str, ...] = ()
    evidence: tuple[tuple[str, str], ...] = ()
    mend: str = ""
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """For programs: texts, numbers and lists only."""
        return {**asdict(self), "fix": list(self.fix), "evidence": [list(pair) for pair in self.evidence],
                "seconds": round(self.seconds, 3)}

    def timed(self, seconds: float) -> Finding:
        """The same, with how long it took."""
        return replace(self, seconds=seconds)


def ok(check: str, layer: str, title: str, *evidence: tuple[str, str], explain: str = "") -> Finding:
    """Nothing is wrong here."""
    return Finding(check, layer, "ok", "ok", title, explain, (), evidence)


def skip(check: str, layer: str, why: str) -> Finding:
    """Not looked at, and why."""
    return Finding(check, layer, "skip", "skipped", why)


def diagnosed(check: str, layer: str, found: Diagnosis, *evidence: tuple[str, str], verdict: Verdict = "fail",
              mend: str = "") -> Finding:
    """What the table of errors says of an answer, as a finding."""
    seen = found.evidence
    said = [("Status", str(seen.status) if seen.status else ""), ("Host", seen.host), ("Model", seen.model),
            ("Its code", seen.upstream_code), ("Its request", seen.request_id), ("It said", seen.excerpt)]
    pairs = (*evidence, *((name, value) for name, value in said if value))
    return Finding(check, layer, verdict, found.code, found.title, found.explain, found.fix, pairs, mend)
