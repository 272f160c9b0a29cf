"""The one order in which a document is written out, whatever the order of its keys: what people look for comes first,
what holds other blocks last. Values inside a field stay in their own order."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from .catalogue import DEFINITION_SETTINGS, SETTINGS, kind_of, parameter_kind_of

Json = dict[str, Any]
_LAST = ("branch_conditions", "next_block_label", "loop_blocks")
_WAY = ("description", "is_default", "criteria", "next_block_label")
_CRITERIA = ("criteria_type", "expression", "description")


def ordered(document: Json) -> Json:
    """The same document with its keys in order; lists and their order stay."""
    root = _sorted(document, _names("root"))
    definition = root.get("workflow_definition")
    if not isinstance(definition, dict):
        return root
    root["workflow_definition"] = definition = _sorted(definition, _names("definition"))
    listed = definition.get("parameters")
    if isinstance(listed, list):
        definition["parameters"] = [
            _sorted(each, _names("parameter", str(each.get("parameter_type")))) if isinstance(each, dict) else each
            for each in listed]
    ahead = [(definition, "blocks")]
    while ahead:
        holder, name = ahead.pop()
        blocks = holder.get(name)
        if not isinstance(blocks, list):
            continue
        holder[name] = [_block(each) if isinstance(each, dict) else each for each in blocks]
        ahead += [(each, "loop_blocks") for each in holder[name] if isinstance(each, dict) and "loop_blocks" in each]
    return root


def _block(block: Json) -> Json:
    made = _sorted(block, _names("block", str(block.get("block_type"))), _LAST)
    if isinstance(ways := made.get("branch_conditions"), list):
        made["branch_conditions"] = [_way(each) if isinstance(each, dict) else each for each in ways]
    if isinstance(condition := made.get("condition"), dict):
        made["condition"] = _sorted(condition, _ranks(_CRITERIA))
    return made


def _way(way: Json) -> Json:
    made = _sorted(way, _ranks(_WAY))
    if isinstance(criteria := made.get("criteria"), dict):
        made["criteria"] = _sorted(criteria, _ranks(_CRITERIA))
    return made


def _sorted(values: Json, ranks: dict[str, int], last: tuple[str, ...] = ()) -> Json:
    unknown = len(ranks)
    names = sorted((key for key in values if key not in last), key=lambda key: ranks.get(key, unknown))
    return {key: values[key] for key in [*names, *(key for key in last if key in values)]}


@lru_cache(maxsize=256)
def _names(what: str, kind: str = "") -> dict[str, int]:
    if what == "root":
        return _ranks(("title", "description", "workflow_definition", *(each.name for each in SETTINGS)))
    if what == "definition":
        return _ranks(("parameters", "blocks", "version", *(each.name for each in DEFINITION_SETTINGS)))
    if what == "parameter":
        return _ranks(("parameter_type", "key", *(each.name for each in parameter_kind_of(kind).fields)))
    return _ranks(("block_type", "label", *(each.name for each in kind_of(kind).fields)))


def _ranks(names: Iterable[str]) -> dict[str, int]:
    return {name: at for at, name in enumerate(dict.fromkeys(names))}
