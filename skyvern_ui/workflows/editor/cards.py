"""The blocks of a document as cards: what the list shows of each, without its form."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ...aside import aside
from ..definition.catalogue import Kind, kind_of
from ..definition.document import summary
from ..definition.outline import Item, Jump, outline
from ..definition.problems import Problem, problems
from .places import way_words

Json = dict[str, Any]
STRUCTURE = frozenset({"block_type", "label", "next_block_label", "loop_blocks"})
PLAIN = re.compile(r"[A-Za-z0-9_]{1,60}")


@dataclass
class WayCard:
    """A branch of a conditional, with what is in it."""

    index: int
    words: str
    place: str
    entries: list[Card | Jump]


@dataclass
class Card:
    """A block as the list shows it. `key` is its label as an id of the page can hold it."""

    label: str
    key: str
    kind: Kind
    summary: str
    problems: list[Problem]
    body: list[Card | Jump] | None = None
    ways: list[WayCard] = field(default_factory=list)
    is_loose: bool = False

    @property
    def worst(self) -> str:
        return "bad" if any(each.stops for each in self.problems) else "warn" if self.problems else ""

    @property
    def count_inside(self) -> int:
        """How many blocks go with it."""
        return sum(1 + each.count_inside for each in self._inner())

    def _inner(self) -> Iterable[Card]:
        for entry in [*(self.body or []), *(entry for way in self.ways for entry in way.entries)]:
            if isinstance(entry, Card):
                yield entry


@dataclass
class Board:
    """All cards, with what is wrong in the whole document."""

    entries: list[Card | Jump]
    loose: list[Card]
    problems: list[Problem]

    @property
    def count(self) -> int:
        return sum(1 + card.count_inside for card in [*self.entries, *self.loose] if isinstance(card, Card))

    @property
    def stops(self) -> list[Problem]:
        return [each for each in self.problems if each.stops]

    def every_card(self) -> Iterable[Card]:
        for card in [*self.entries, *self.loose]:
            if isinstance(card, Card):
                yield from _every(card)

    def differing(self, before: Board) -> list[Card]:
        """The cards whose problems are not what they were."""
        then = {card.label: card.problems for card in before.every_card()}
        return [card for card in self.every_card() if then.get(card.label) != card.problems]

    def find(self, label: str) -> Card | None:
        return next((card for card in self.every_card() if card.label == label), None)


def board_of(document: Json) -> Board:
    """Every block once, from above to below, with its problems. It takes seconds where there are thousands of
    templates, and holds up nobody else."""
    return aside(_board, document)


def _board(document: Json) -> Board:
    found = problems(document)
    by_label: dict[str, list[Problem]] = {}
    for each in found:
        if each.where == "block":
            by_label.setdefault(each.name, []).append(each)
    maker = _Maker(by_label)
    outlined = outline(document)
    entries = maker.entries(outlined.items)
    loose = [maker.card(item) for item in outlined.loose]
    for card in loose:
        card.is_loose = True
    return Board(entries, loose, found)


def card_of(document: Json, label: str) -> Card | None:
    """One block as its card, or None."""
    return board_of(document).find(label)


def key_of(label: str) -> str:
    """A label as part of an id."""
    return label if PLAIN.fullmatch(label) else "x-" + hashlib.sha256(label.encode("utf-8", "replace")).hexdigest()[:12]


def seen_of(block: Json) -> str:
    """Changes with whatever the form of this block writes, and with nothing else: not with its place, nor with what
    is inside it."""
    own = {key: value for key, value in block.items() if key not in ("next_block_label", "loop_blocks")}
    if isinstance(own.get("branch_conditions"), list):
        own["branch_conditions"] = [
            {key: value for key, value in branch.items() if key != "next_block_label"}
            if isinstance(branch, dict) else branch for branch in own["branch_conditions"]]
    return digest(own)


def digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


class _Maker:
    def __init__(self, by_label: dict[str, list[Problem]]) -> None:
        self.by_label = by_label
        self.used: dict[str, int] = {}

    def entries(self, items: list[Item | Jump]) -> list[Card | Jump]:
        return [self.card(item) if isinstance(item, Item) else item for item in items]

    def card(self, item: Item) -> Card:
        key = key_of(item.label)
        count = self.used[key] = self.used.get(key, 0) + 1
        if count > 1:  # two blocks of one label: only the text can tell them apart
            key += f"-again-{count}"
        body = self.entries(item.body) if isinstance(item.block.get("loop_blocks"), list) else None
        ways = [WayCard(way.index, way_words(way.branch, way.index), f"way:{item.label}:{way.index}",
                        self.entries(way.items)) for way in item.ways]
        return Card(item.label, key, kind_of(item.block.get("block_type")), summary(item.block),
                    self.by_label.get(item.label, []), body, ways)


def _every(card: Card) -> Iterable[Card]:
    yield card
    for inner in card._inner():
        yield from _every(inner)
