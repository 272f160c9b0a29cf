"""What everybody may read of why something failed."""

from __future__ import annotations

from .table import translate_text


def plain_reason(text: str | None) -> str:
    """The reason as it is, or, when it speaks of the model, one plain sentence in its place: what Skyvern says of its
    model names providers, models, addresses and sometimes parts of the request (api 7.3)."""
    found = translate_text(text) if text else None
    return found.title if found else text or ""
