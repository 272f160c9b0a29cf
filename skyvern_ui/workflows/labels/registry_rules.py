"""Changing the labels themselves: for every workflow that carries them, each change recorded before it is sent."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from ...audit import Actor
from ...recorded import send_recorded
from ...skyvern.client import Skyvern
from ...skyvern.errors import Missing
from ...skyvern.values.library import LabelGroup, LabelValue
from ...skyvern.values.tag import Tag
from ..library.bulk_rules import MOST, Outcome, label_all

PAGE, PAGES = 100, 10
STATUSES = tuple(("status", word) for word in ("published", "draft", "auto_generated", "importing", "import_failed"))


class Refused(Exception):
    """What is asked for cannot be done; `str()` is the sentence."""


@dataclass(frozen=True, slots=True)
class Group:
    """A group with its values in order of name."""

    group: LabelGroup
    values: list[LabelValue]


@dataclass(frozen=True, slots=True)
class Registry:
    """All labels: groups, and plain ones with how many workflows carry each."""

    groups: list[Group]
    plain: list[tuple[str, int]]


def read_registry(skyvern: Skyvern) -> Registry:
    """What labels there are; plain ones are counted on the 1,000 workflows saved last. Raises the errors of Skyvern;
    Missing when this release has no labels."""
    values = skyvern.list_label_values()
    groups = [Group(group, sorted((v for v in values if v.key == group.key), key=lambda v: v.value.casefold()))
              for group in skyvern.list_label_groups()]
    counted: Counter[str] = Counter()
    for wpids in _every_page(skyvern, ()):
        for tags in skyvern.list_labels_of_workflows(wpids).values():
            counted.update(tag.value for tag in tags if tag.key is None)
    return Registry(groups, sorted(counted.items(), key=lambda pair: pair[0].casefold()))


def find_value(skyvern: Skyvern, tag: Tag) -> LabelValue:
    """The label with its colour and count; of a plain one the carriers are counted. Raises Missing when nothing knows
    it, and the errors of Skyvern."""
    if tag.key is None:
        count = len(carriers(skyvern, tag))
        if not count:
            raise Missing("There is no such label.")
        return LabelValue("", tag.value, "gray", count)
    for value in skyvern.list_label_values():
        if (value.key, value.value) == (tag.key, tag.value):
            return value
    raise Missing("There is no such label.")


def create_value(skyvern: Skyvern, tag: Tag, colour: str, actor: Actor) -> None:
    """Registers a label of a group. Raises the errors of Skyvern: Rejected (409) when it is there."""
    assert tag.key is not None
    send_recorded(lambda: skyvern.create_label_value(tag.key or "", tag.value, colour), actor, "tag_value.create",
                  tag.text, resource="tag", color=colour)


def change_value(skyvern: Skyvern, found: LabelValue, wanted: Tag, colour: str, actor: Actor) -> list[Outcome]:
    """Another name or colour, on every workflow that carries it. A plain label is set anew on each, and the outcome of
    each is returned. Raises Refused and the errors of Skyvern."""
    if not found.key:
        if wanted.text == found.value:
            return []
        return _relabel(skyvern, Tag(None, found.value), [wanted], actor)
    if wanted.key != found.key:
        raise Refused(f"A label stays in its group. Keep “{found.key}:” in front.")
    if colour != found.colour:
        send_recorded(lambda: skyvern.recolour_label_value(found.key, found.value, colour), actor, "tag_value.update",
                      found.text, resource="tag", color=colour)
    if wanted.value != found.value:
        send_recorded(lambda: skyvern.rename_label_value(found.key, found.value, wanted.value), actor,
                      "tag_value.rename", found.text, resource="tag", renamed_to=wanted.text)
    return []


def delete_value(skyvern: Skyvern, found: LabelValue, actor: Actor) -> list[Outcome]:
    """Takes the label from every workflow and run. Raises Refused and the errors of Skyvern."""
    if not found.key:
        return _relabel(skyvern, Tag(None, found.value), [], actor)
    send_recorded(lambda: skyvern.delete_label_value(found.key, found.value), actor, "tag_value.delete", found.text,
                  resource="tag", count=found.count)
    return []


def describe_group(skyvern: Skyvern, group: str, description: str, actor: Actor) -> None:
    """Describes a group anew. Raises the errors of Skyvern."""
    send_recorded(lambda: skyvern.describe_label_group(group, description), actor, "tag_key.update", group,
                  resource="tag")


def delete_group(skyvern: Skyvern, group: LabelGroup, actor: Actor) -> None:
    """Takes all labels of the group from every workflow and run. Raises the errors of Skyvern."""
    send_recorded(lambda: skyvern.delete_label_group(group.key), actor, "tag_key.delete", group.key, resource="tag",
                  count=group.count)


def carriers(skyvern: Skyvern, tag: Tag) -> list[str]:
    """The workflows that carry exactly this label, of the 1,000 saved last. Raises the errors of Skyvern."""
    found: list[str] = []
    for wpids in _every_page(skyvern, (("tags", tag.text),)):
        held = skyvern.list_labels_of_workflows(wpids)
        found += [wpid for wpid in wpids if tag in held.get(wpid, ())]
    return found


def _relabel(skyvern: Skyvern, old: Tag, wanted: list[Tag], actor: Actor) -> list[Outcome]:
    ids = carriers(skyvern, old)
    if len(ids) > MOST:
        raise Refused(f"{len(ids)} workflows carry it, and at most {MOST} are changed at once. "
                      "Choose them in the list.")
    return label_all(skyvern, ids, wanted, [old], actor)


def _every_page(skyvern: Skyvern, asked: tuple[tuple[str, str], ...]) -> list[list[str]]:
    pages = []
    for page in range(1, PAGES + 1):
        rows = skyvern.list_library([("page", str(page)), ("page_size", str(PAGE)), *asked, *STATUSES])
        pages.append([row.wpid for row in rows])
        if len(rows) < PAGE:
            break
    return [page for page in pages if page]
