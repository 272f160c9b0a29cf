"""What cannot be done as asked, in a sentence."""

from __future__ import annotations


class Unusable(Exception):
    """A change that makes no sense; the text is a sentence, `field` the input it is about (empty: all of it)."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


class AlreadyDone(Unusable):
    """The very same change was made before; it is not made twice."""


def visible(text: str, longest: int, sentence: str, field: str) -> str:
    """The text with single spaces. Raises Unusable with the sentence when it is empty, too long or not visible."""
    clean = " ".join(text.split())
    if not clean or len(clean) > longest or not clean.isprintable():
        raise Unusable(sentence, field)
    return clean
