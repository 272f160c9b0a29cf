"""Showing in a list what was looked for."""

from __future__ import annotations

from collections.abc import Iterator

from ...skyvern.values.library import WorkflowInput
from ..blueprint import bp


def parts(text: str, words: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces, True with those that are what was looked for, whatever their case."""
    lowered, wanted, at = text.lower(), words.lower(), 0
    if not wanted or len(lowered) != len(text):
        yield text, False
        return
    while (found := lowered.find(wanted, at)) >= 0:
        if found > at:
            yield text[at:found], False
        at = found + len(wanted)
        yield text[found:at], True
    if at < len(text):
        yield text[at:], False


def fits(each: WorkflowInput, words: str) -> bool:
    """Whether an input is a reason why its workflow was found."""
    return any(words.lower() in (text or "").lower() for text in (each.key, each.description, each.default))


bp.add_app_template_filter(parts, "parts")
bp.add_app_template_test(fits, "fits")
