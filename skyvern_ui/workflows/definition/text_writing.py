"""A document as YAML that people can read and change: keys in one order, long texts as they are."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import yaml

from .key_order import ordered

Json = dict[str, Any]
_Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_TEXT = "tag:yaml.org,2002:str"
_resolver = yaml.resolver.Resolver()


def as_text(document: Json) -> str:
    """The document as YAML, in the one order of keys; `from_text` of it is the document again."""
    return str(yaml.emit(_events(ordered(document)), Dumper=_Dumper, allow_unicode=True, width=4000))


def _events(document: Json) -> Iterator[yaml.Event]:
    yield yaml.StreamStartEvent()
    yield yaml.DocumentStartEvent(explicit=False)
    yield from _inside(document)
    yield yaml.DocumentEndEvent(explicit=False)
    yield yaml.StreamEndEvent()


def _inside(value: Any) -> Iterator[yaml.Event]:
    ahead: list[Iterator[Any]] = [iter((value,))]
    ends: list[yaml.Event] = []
    while ahead:
        for each in ahead[-1]:
            if isinstance(each, (dict, list)):
                is_map = isinstance(each, dict)
                start = yaml.MappingStartEvent if is_map else yaml.SequenceStartEvent
                yield start(None, None, True, flow_style=not each)
                ahead.append(_pairs(each) if isinstance(each, dict) else iter(each))
                ends.append(yaml.MappingEndEvent() if is_map else yaml.SequenceEndEvent())
                break
            yield _scalar(each)
        else:
            ahead.pop()
            if ends:
                yield ends.pop()


def _pairs(mapping: Json) -> Iterator[Any]:
    for key, value in mapping.items():
        yield str(key)
        yield value


def _scalar(value: Any) -> yaml.Event:
    if value is None:
        return yaml.ScalarEvent(None, None, (True, False), "null")
    if isinstance(value, bool):
        return yaml.ScalarEvent(None, None, (True, False), "true" if value else "false")
    if isinstance(value, (int, float)):
        return yaml.ScalarEvent(None, None, (True, False), _number(value))
    text = str(value)
    if "\n" in text:
        return yaml.ScalarEvent(None, None, (False, True), text, style="|" if _is_plain(text) else '"')
    return yaml.ScalarEvent(None, None, (_stays_text(text), True), text)


def _is_plain(text: str) -> bool:
    """Whether it can stand as a block: nothing at its edges or in it that only quotes keep."""
    return (not text.startswith((" ", "\n", "\t")) and not any(sign in text for sign in "\r\x85\u2028\u2029\t\ufeff")
            and " \n" not in text and not text.endswith(" "))


def _number(value: float) -> str:
    said = repr(value)
    if isinstance(value, float) and "." not in said and "e" in said:
        said = said.replace("e", ".0e")
    return said


@lru_cache(maxsize=4096)
def _stays_text(text: str) -> bool:
    return len(text) < 200 and bool(_resolver.resolve(yaml.ScalarNode, text, (True, False)) == _TEXT)
