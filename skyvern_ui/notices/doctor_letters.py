"""How it reads that a check of the doctor changed. `content` is what `doctor/history/alerts.py` wrote down."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..formatters import duration, exact_time

PAGE = "/doctor"


def headline(content: dict[str, Any]) -> str:
    """One line: what is broken, or that it works again."""
    title = " ".join(str(content.get("title") or "The doctor found something").split())[:200]
    return f"Works again: {content.get('layer') or title}" if content.get("status") == "ok" else title


def page_of(topic: str) -> str:
    """The path of the page that it is about."""
    return PAGE


def text_of(content: dict[str, Any], base: str) -> str:
    """A mail's text. `base` is where people reach us."""
    began, until = (_moment(content.get(name)) for name in ("since", "until"))
    lines = [headline(content) + ("" if headline(content).endswith((".", "!", "?")) else "."), ""]
    if content.get("status") == "ok":
        lines += [f"It was: {content['title']}", ""] if content.get("title") else []
        if began and until:
            lines.append(f"Lasted: {duration(until - began)}, until {exact_time(until)}")
    else:
        lines += [str(content["reason"]), ""] if content.get("reason") else []
        for number, step in enumerate(content.get("fix") or [], 1):
            lines.append(f"{number}. {step}")
        lines += [""] if content.get("fix") else []
        if began:
            lines.append(f"Since:  {exact_time(began)}")
    lines += [f"Look:   {base}{PAGE}", "", f"You asked to be told. To hear no more of it: {base}/notices"]
    return "\n".join(lines) + "\n"


def message(notice_id: str, content: dict[str, Any], base: str) -> dict[str, Any]:
    """A webhook's body."""
    doctor = {"link": base + PAGE, **{name: content.get(name) or None for name in
              ("check", "layer", "status", "code", "title", "reason", "fix", "since", "until")}}
    return {"id": notice_id, "event": "doctor.changed", "doctor": doctor}


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None
