"""What may be written between braces in one block: parameters, what ran before it, and the values of its loops."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .catalogue import kind_of, parameter_kind_of
from .outline import Item, Jump, Outline, outline
from .walk import parameters

Json = dict[str, Any]
MOST_FIELDS = 20
RUN_VALUES = (
    ("current_date", "today's date"), ("workflow_title", "title of the workflow"),
    ("workflow_run_id", "id of the run"), ("workflow_id", "id of the version"),
    ("workflow_permanent_id", "id of the workflow"), ("browser_session_id", "id of the browser session"),
    ("workflow_run_outputs", "all outputs so far, by label"), ("workflow_run_summary", "summary of the run so far"),
)


@dataclass(frozen=True)
class Hint:
    """`text` is what is written, `what` says what it is; `kind` is "parameter", "output", "loop" or "run"."""

    text: str
    what: str
    kind: str


def hints(document: Json, label: str) -> list[Hint]:
    """What the block may mention, nearest first: values of the loop around it, parameters, outputs of the blocks that
    ran before it (the last one first), the run. With an empty label: what the settings may."""
    found: list[Hint] = []
    before: list[Json] = []
    if label:
        loops = _path(outline(document), label, before)
        found += _loop_values(loops[-1]) if loops else []
    for each in parameters(document):
        key = each.get("key")
        if isinstance(key, str) and each.get("parameter_type") != "output":
            kind = parameter_kind_of(each.get("parameter_type"))
            said = str(each.get("description") or "").strip() or kind.title
            found.append(Hint(_braced(key), said, "parameter"))
    for block in reversed(before):
        found += _outputs(block)
    return [*found, *(Hint(_braced(name), what, "run") for name, what in RUN_VALUES)]


def _path(drawn: Outline, label: str, before: list[Json]) -> list[Json]:
    """The loops around the block, outermost first; fills `before` with the blocks that ran before it."""
    def search(items: Iterable[Item | Jump]) -> list[Json] | None:
        for item in items:
            if isinstance(item, Jump):
                continue
            if item.label == label:
                if item.block.get("block_type") != "while_loop":
                    return []
                before.extend(each.block for each in _all(item.body))  # its condition looks at its own blocks
                return [item.block]
            inside = search_loop(item)
            if inside is not None:
                return inside
            before.append(item.block)
            before.extend(each.block for each in _all([*item.body, *(one for way in item.ways for one in way.items)]))
        return None

    def search_loop(item: Item) -> list[Json] | None:
        for items, loop in [(item.body, [item.block]), *((way.items, []) for way in item.ways)]:
            kept = len(before)
            if item.ways:
                before.append(item.block)
            inner = search(items)
            if inner is not None:
                return [*loop, *inner]
            del before[kept:]
        return None

    for items in (drawn.items, drawn.loose):
        found = search(items)
        if found is not None:
            return found
        if items is drawn.items:
            before.clear()
    return []


def _all(items: Iterable[Item | Jump]) -> Iterator[Item]:
    ahead = [item for item in items if isinstance(item, Item)][::-1]
    while ahead:
        item = ahead.pop()
        yield item
        inner = [*item.body, *(one for way in item.ways for one in way.items)]
        ahead += [each for each in inner if isinstance(each, Item)][::-1]


def _loop_values(loop: Json) -> list[Hint]:
    """Of the innermost loop only: a block does not see the values of those around it."""
    label = loop.get("label")
    found = [Hint(_braced("current_index"), f"the number of this round of {label}, from 0", "loop")]
    if loop.get("block_type") != "while_loop":
        found.insert(0, Hint(_braced("current_value"), f"the value of this round of {label}", "loop"))
    return found


def _outputs(block: Json) -> list[Hint]:
    label = block.get("label")
    if not isinstance(label, str) or not label:
        return []
    title = kind_of(block.get("block_type")).title
    found = [Hint(_braced(f"{label}_output"), f"output of {label} ({title})", "output")]
    schema = block.get("data_schema")
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if block.get("block_type") in ("extraction", "task") and isinstance(properties, dict):
        found += [Hint(_braced(f"{label}_output.extracted_information.{name}"), f"{name}, read by {label}", "output")
                  for name in list(properties)[:MOST_FIELDS] if isinstance(name, str) and name.isidentifier()]
    return found


def _braced(name: str) -> str:
    return "{{ " + name + " }}"
