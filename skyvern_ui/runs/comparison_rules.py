"""Two runs side by side: what they were asked, what they did, what came out. Nothing here changes anything.

Every result is of bounded size, and says so when it is not all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from ..skyvern.values import Artifact
from .entry import Entry
from .output_rules import way_of

MOST_CHANGES = 200
MOST_ROWS = 200
MOST_LOOKED_AT = 100_000
LONGEST_VALUE = 400
DEEPEST = 60
# What Skyvern gives anew to each run, in the output of a block and in a file it names: no difference to anybody.
BLOCK_OUTPUT = frozenset({"task_id", "status", "failure_reason"})
FILE = frozenset({"url", "checksum", "artifact_id"})
OF_A_BLOCK = frozenset({"task_id", "workflow_run_id", "task_screenshot_artifact_ids", "downloaded_file_urls",
                        "workflow_screenshot_artifact_ids", "downloaded_file_artifact_ids", "task_screenshots",
                        "workflow_screenshots"})
OF_A_FILE = frozenset({"url", "artifact_id", "modified_at"})


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `kind` is added, removed or changed; `way` is where, as programs write it."""

    kind: str
    way: str
    left: str | None
    right: str | None


@dataclass(frozen=True, slots=True)
class Pair:
    """The same block of both runs, or a block that only one of them has."""

    left: Entry | None
    right: Entry | None

    @property
    def title(self) -> str:
        """The name of the block."""
        entry = self.left or self.right
        return entry.title if entry else ""

    @property
    def differs(self) -> bool:
        """True when it did not end alike in both."""
        return self.left is None or self.right is None or self.left.status != self.right.status

    @property
    def seconds(self) -> float | None:
        """How much longer the right one took; None when one of them is not timed."""
        if self.left is None or self.right is None or self.left.seconds is None or self.right.seconds is None:
            return None
        return self.right.seconds - self.left.seconds


def changes(left: Any, right: Any) -> tuple[list[Change], bool]:
    """Every path where two JSON values differ, in the order of the left one, and whether there are more than are
    given. Total: any two values can be compared, and the same value has no changes with itself."""
    found: list[Change] = []
    room = [MOST_LOOKED_AT]
    for change in _walk(left, right, "", room):
        if len(found) == MOST_CHANGES:
            return found, True
        found.append(change)
    return found, room[0] <= 0


def without_own_ids(value: Any, depth: int = 0) -> Any:
    """An output without the ids and addresses that every run of the same has others of."""
    if depth >= DEEPEST:
        return value
    if isinstance(value, dict):
        own = (OF_A_BLOCK if value.keys() >= BLOCK_OUTPUT else frozenset()) | (
            OF_A_FILE if value.keys() >= FILE else frozenset())
        return {key: without_own_ids(each, depth + 1) for key, each in value.items() if key not in own}
    if isinstance(value, list):
        return [without_own_ids(each, depth + 1) for each in value]
    return value


def output_changes(left: Any, right: Any) -> tuple[list[Change], bool]:
    """As `changes`, of two outputs, without what differs between any two runs."""
    return changes(without_own_ids(left), without_own_ids(right))


def aligned(left: Sequence[Entry], right: Sequence[Entry]) -> tuple[list[Pair], bool]:
    """The blocks of both, the same beside the same, in order; what only one has stands alone. Blocks are the same by
    name; entries without a lasting name (thoughts, steps) by kind and place."""
    ours, theirs = list(left)[:MOST_ROWS], list(right)[:MOST_ROWS]
    matcher = SequenceMatcher(None, [_name(e) for e in ours], [_name(e) for e in theirs], autojunk=False)
    pairs: list[Pair] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            pairs += [Pair(x, y) for x, y in zip(ours[a:b], theirs[c:d], strict=True)]
        else:
            pairs += [Pair(x, None) for x in ours[a:b]] + [Pair(None, y) for y in theirs[c:d]]
    return pairs, len(left) > MOST_ROWS or len(right) > MOST_ROWS


def pictures_of(entry: Entry | None, artifacts: Sequence[Artifact]) -> Artifact | None:
    """The last picture of a block: of the block itself, or what its last action saw."""
    if entry is None:
        return None
    keys = {entry.key, *(child.key for child in entry.children)}
    shots = {entry.shot, *(child.shot for child in entry.children)} - {None}
    mine = [a for a in artifacts if a.is_screenshot and (
        a.block_id in keys or a.step_id in keys or a.artifact_id in shots)]
    return max(mine, key=lambda a: (a.created_at is not None, a.created_at), default=None)


def _walk(left: Any, right: Any, at: str, room: list[int], depth: int = 0) -> Iterator[Change]:
    room[0] -= 1
    if room[0] <= 0 or _same(left, right):
        return
    if depth < DEEPEST and isinstance(left, dict) and isinstance(right, dict):
        for key in [*left, *(k for k in right if k not in left)]:
            place = f"{at}/{str(key).replace('~', '~0').replace('/', '~1')}"
            yield from _member(left, right, key, place, room, depth)
    elif depth < DEEPEST and isinstance(left, list) and isinstance(right, list):
        for index in range(max(len(left), len(right))):
            if room[0] <= 0:
                return
            ours, theirs = dict(enumerate(left[index:index + 1], index)), dict(enumerate(right[index:index + 1], index))
            yield from _member(ours, theirs, index, f"{at}/{index}", room, depth)
    else:
        yield Change("changed", way_of(at), _told(left), _told(right))


def _member(left: dict[Any, Any], right: dict[Any, Any], key: Any, at: str, room: list[int],
            depth: int) -> Iterator[Change]:
    if key not in right:
        yield Change("removed", way_of(at), _told(left[key]), None)
    elif key not in left:
        yield Change("added", way_of(at), None, _told(right[key]))
    else:
        yield from _walk(left[key], right[key], at, room, depth + 1)


def _same(left: Any, right: Any) -> bool:
    """Equal as JSON: `true` is not 1, and 1 is 1.0. A NaN is itself."""
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    if isinstance(left, dict | list) or isinstance(right, dict | list):
        return type(left) is type(right) and not left and not right
    return left is right or bool(left == right)


def _told(value: Any) -> str:
    text = value if isinstance(value, str) else _json(value)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE - 1] + "…"


def _json(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{{len(value)} fields}}" if value else "{}"
    if isinstance(value, list):
        return f"[{len(value)} items]" if value else "[]"
    return {None: "nothing", True: "true", False: "false"}.get(value, str(value)) if value is None or isinstance(
        value, bool) else str(value)


def _name(entry: Entry) -> tuple[str, str]:
    return (entry.what, entry.title if entry.what in ("block", "step", "branch", "turn") else entry.kind)
