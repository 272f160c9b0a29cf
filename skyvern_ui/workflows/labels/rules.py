"""Labels of workflows: the colours they are shown in, and what a person may type."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ...skyvern.values.library import LabelValue
from ...skyvern.values.tag import GROUP, RESERVED, BadTag, Tag, parse_tag

COLOURS = ("gray", "red", "orange", "amber", "yellow", "green", "teal", "blue", "cyan", "indigo", "purple", "pink")
LONGEST_DESCRIPTION = 500
MARKERS = ("__untagged__", "__other__")  # Skyvern's analytics keep these two for themselves


@dataclass(frozen=True)
class Palette:
    """The values that Skyvern has registered, with their colours."""

    values: tuple[LabelValue, ...]

    def colour(self, tag: Tag) -> str:
        """A name of COLOURS; plain labels and whatever we do not know are gray."""
        found = next((each.colour for each in self.values if (each.key, each.value) == (tag.key, tag.value)), "gray")
        return found if found in COLOURS else "gray"

    @property
    def groups(self) -> dict[str, list[LabelValue]]:
        """The values by their group, both in order of name."""
        found: dict[str, list[LabelValue]] = {}
        for each in sorted(self.values, key=lambda value: (value.key.casefold(), value.value.casefold())):
            found.setdefault(each.key, []).append(each)
        return found

    @property
    def terms(self) -> list[str]:
        """What may be looked for: each value and each group."""
        return [text for key, values in self.groups.items() for text in (f"{key}:*", *(v.text for v in values))][:300]

    def knows(self, term: str) -> bool:
        """Whether a term of a filter is one of `terms`."""
        return term in self.terms


def parse_labels(text: str) -> list[Tag]:
    """Labels that a person typed, parted by commas, each once; a group's last value counts. Raises BadTag for what
    Skyvern would refuse (api 3.8)."""
    found: dict[str, Tag] = {}
    for part in (each.strip() for each in text.split(",")):
        if not part:
            continue
        tag = checked(part)
        found[f"{tag.key}:" if tag.key else tag.value] = tag
    return list(found.values())


def checked(text: str) -> Tag:
    """One label. Raises BadTag with a sentence."""
    try:
        tag = parse_tag(text)
    except BadTag as error:
        raise BadTag(str(error).replace("A tag", "A label")) from None
    if tag.value == "*":
        raise BadTag("A label must not be * alone: that stands for any value of a group.")
    if tag.value in MARKERS:
        raise BadTag(f"{tag.value} belongs to Skyvern.")
    return tag


def check_group(key: str) -> str:
    """The name of a group. Raises BadTag with a sentence."""
    if not GROUP.fullmatch(key):
        raise BadTag("A group starts with a letter or a digit and holds only letters, digits, _ . and -, at most 64.")
    if key.startswith(RESERVED):
        raise BadTag("Groups that begin with skyvern. belong to Skyvern.")
    return key


def joined(tags: Iterable[Tag]) -> str:
    """Labels as they are typed."""
    return ", ".join(tag.text for tag in tags)
