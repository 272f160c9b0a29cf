"""What is shown of generated code: its variants, two versions side by side, and how often it had to be helped."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, TypeVar

from ...skyvern.client import Skyvern
from ...skyvern.errors import Answered, Missing, SkyvernError
from ...skyvern.values import is_final
from ...skyvern.values.script import Code, Fallback, Heal, Reliability, Variant

T = TypeVar("T")
WINDOW, MOST_LINES, AROUND = 20, 4000, 3
STATES = {"healthy": ("Healthy", "ok"), "watch": ("To watch", "warn"), "action_needed": ("Needs attention", "bad")}
HEIGHT, STEP, BAR = 72, 24, 16  # pixels of the chart, from column to column, of a column


@dataclass(frozen=True, slots=True)
class Line:
    """A line of code: "same", "removed", "added", or "gap" where `text` says how many are left out."""

    kind: str
    old_no: int | None
    new_no: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Changed:
    """A file of two versions: added, removed or changed."""

    name: str
    how: str
    lines: tuple[Line, ...]
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """One finished run in the chart: how often it was helped. Geometry in pixels."""

    run_id: str
    status: str
    heals: int
    fallbacks: int
    x: int
    heal_y: int
    heal_height: int
    fallback_y: int
    fallback_height: int

    @property
    def said(self) -> str:
        return f"{self.status.replace('_', ' ')}, healed {self.heals} times, model took over {self.fallbacks} times"


@dataclass(frozen=True, slots=True)
class Standing:
    """What there is of a workflow's code. What this release cannot say, or would not just now, is None and is named in
    `problems`."""

    variants: list[Variant] | None
    reliability: Reliability | None
    heals: list[Heal] | None
    fallbacks: list[Fallback] | None
    fallback_count: int
    columns: tuple[Column, ...]
    problems: tuple[str, ...]


def standing(skyvern: Skyvern, wpid: str) -> Standing:
    """All of it, asked side by side. Raises the first error when nothing at all could be asked."""
    asked: dict[str, Callable[[], Any]] = {
        "variants": lambda: skyvern.list_variants(wpid), "reliability": lambda: skyvern.get_reliability(wpid),
        "heals": lambda: skyvern.list_heals(wpid), "fallbacks": lambda: skyvern.list_fallbacks(wpid),
        "runs": lambda: skyvern.list_run_rows_of_workflow(wpid, 50)}
    with ThreadPoolExecutor(len(asked)) as pool:
        jobs = {name: pool.submit(ask) for name, ask in asked.items()}
    failed = {name: job.exception() for name, job in jobs.items() if job.exception() is not None}
    for error in failed.values():
        if not isinstance(error, Answered):
            assert error is not None
            raise error
    fallbacks = _told(jobs["fallbacks"])
    return Standing(
        _told(jobs["variants"]), _told(jobs["reliability"]), _told(jobs["heals"]), fallbacks[0] if fallbacks else None,
        fallbacks[1] if fallbacks else 0,
        columns(_told(jobs["runs"]) or [], _told(jobs["heals"]) or [], fallbacks[0] if fallbacks else []),
        tuple(dict.fromkeys(_why(error) for error in failed.values() if not isinstance(error, Missing))))


def columns(rows: Sequence[Mapping[str, Any]], heals: Sequence[Heal],
            fallbacks: Sequence[Fallback]) -> tuple[Column, ...]:
    """The last twenty finished runs, the oldest first, with how often each was helped."""
    over = [row for row in rows if is_final(str(row.get("status")))][:WINDOW][::-1]
    counted = [(str(row.get("workflow_run_id")), str(row.get("status"))) for row in over]
    healed = [sum(heal.run_id == run_id and heal.was_tried for heal in heals) for run_id, _ in counted]
    fell = [sum(each.run_id == run_id for each in fallbacks) for run_id, _ in counted]
    most = max((one + other for one, other in zip(healed, fell, strict=True)), default=0) or 1
    found = []
    for place, ((run_id, status), heal, fallback) in enumerate(zip(counted, healed, fell, strict=True)):
        tall, short = round(HEIGHT * heal / most), round(HEIGHT * fallback / most)
        found.append(Column(run_id, status, heal, fallback, place * STEP, HEIGHT - tall, tall, HEIGHT - tall - short,
                            short))
    return tuple(found)


def compared(before: Code, after: Code) -> list[Changed]:
    """The files that differ, in the order of the newer version."""
    found = []
    for name in dict.fromkeys((*after.files, *before.files)):
        old, new = before.files.get(name), after.files.get(name)
        if old == new:
            continue
        how = "added" if old is None else "removed" if new is None else "changed"
        lines = changed_lines((old or "").splitlines(), (new or "").splitlines())
        found.append(Changed(name, how, tuple(lines[:MOST_LINES]), len(lines) > MOST_LINES))
    return found


def changed_lines(old: list[str], new: list[str]) -> list[Line]:
    """What differs, with three lines around it; what is left out between is one line that says so."""
    found: list[Line] = []
    if len(old) + len(new) > 3 * MOST_LINES:  # too long to be matched line by line
        return ([Line("removed", at, None, text) for at, text in enumerate(old, 1)]
                + [Line("added", None, at, text) for at, text in enumerate(new, 1)])
    groups = SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(AROUND)
    reached = 0
    for group in groups:
        if (left := group[0][1] - reached) > 0:
            found.append(Line("gap", None, None, f"{left} line{'' if left == 1 else 's'} the same"))
        for how, i, i_end, j, j_end in group:
            if how == "equal":
                found += [Line("same", i + at + 1, j + at + 1, old[i + at]) for at in range(i_end - i)]
                continue
            found += [Line("removed", at + 1, None, old[at]) for at in range(i, i_end)]
            found += [Line("added", None, at + 1, new[at]) for at in range(j, j_end)]
        reached = group[-1][2]
    if reached and (left := len(old) - reached) > 0:
        found.append(Line("gap", None, None, f"{left} line{'' if left == 1 else 's'} the same"))
    return found


def _told(job: Future[Any]) -> Any:
    return job.result() if job.exception() is None else None


def _why(error: BaseException | None) -> str:
    return error.sentence if isinstance(error, SkyvernError) else "Skyvern could not be asked."
