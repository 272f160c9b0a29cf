"""How the scripted model answers somebody who only wants to know whether it works: shortly and truthfully."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.real.sight import NotAPicture, name_of, pictures

SHORT = 512  # tokens of an answer: Skyvern allows thousands, whoever only tries a model a few
BLIND = "I can't view images, but I would be glad to help with text."


def answer(wish: dict[str, Any], *, sees: bool = True) -> str | None:
    """The answer to who wants a short one: a colour, JSON, one token; None when it is real work."""
    limit = wish.get("max_tokens") or wish.get("max_completion_tokens")
    if not isinstance(limit, int) or limit > SHORT:
        return None
    text, shown = _text(wish.get("messages")), pictures(wish.get("messages"))
    if shown:
        return _seen(text, shown[-1], sees) if re.search("colou?r", text, re.IGNORECASE) else None
    if "json" in text.lower():
        return _wanted(text)
    return "ok"


def _seen(text: str, address: str, sees: bool) -> str:
    if not sees:
        return BLIND
    try:
        colour = name_of(address)
    except NotAPicture as error:
        return f"I see nothing: {error}"
    return json.dumps({"colour": colour, "color": colour}) if "json" in text.lower() else colour


def _wanted(text: str) -> str:
    """The object that stands in the question, or one that says ok."""
    for begin in (match.start() for match in re.finditer(r"\{", text)):
        try:
            found, _ = json.JSONDecoder().raw_decode(text, begin)
        except ValueError:
            continue
        return json.dumps(found)
    return json.dumps({"ok": True, "answer": "ok"})


def _text(messages: Any) -> str:
    told = []
    for message in messages if isinstance(messages, list) else []:
        content = message.get("content") if isinstance(message, dict) else None
        if isinstance(content, str):
            told.append(content)
        elif isinstance(content, list):
            told += [str(part.get("text") or "") for part in content if isinstance(part, dict)]
    return "\n".join(told)
