"""How it reads that the credits of a service are at another level. `content` is what `services/alerts` wrote down."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..formatters import credits, exact_time

PAGE = "/settings/services"
WORDS = {"warning": "runs low on credits", "critical": "has almost no credits left", "empty": "has no credits left",
         "ok": "has enough credits again"}


def headline(content: dict[str, Any]) -> str:
    """One line: which service, and how it stands."""
    name = " ".join(str(content.get("service") or "A service").split())[:120]
    return f"{name} {WORDS.get(str(content.get('status')), 'has another level of credits')}"


def page_of(topic: str) -> str:
    """The path of the page that it is about."""
    return f"{PAGE}/{topic.partition(':')[2]}"


def text_of(content: dict[str, Any], base: str) -> str:
    """A mail's text. `base` is where people reach us."""
    refill = content.get("refill_at")
    lines = [f"{headline(content)}.", "", f"Left:    {credits(int(content['available']))} credits"]
    if content.get("held"):
        lines.append(f"Held:    {credits(int(content['held']))} for calls under way")
    lines.append(f"Warning: below {credits(int(content['warn_at']))}, critical below "
                 f"{credits(int(content['critical_at']))}")
    if content.get("status") == "empty":
        lines += ["", "Its calls are refused until it has credits again."]
    lines += ["", f"Refill:  {exact_time(datetime.fromisoformat(refill))}"] if refill else []
    return "\n".join([*lines, "", f"Look:    {base}{page_of(':' + str(content['service_id']))}", "",
                      f"You asked to be told. To hear no more of it: {base}/notices"]) + "\n"


def message(notice_id: str, content: dict[str, Any], base: str) -> dict[str, Any]:
    """A webhook's body. Credits, not thousandths."""
    return {"id": notice_id, "event": "credits.level_changed", "credits": {
        "link": base + page_of(":" + str(content["service_id"])), "service": content["service"],
        "service_id": content["service_id"], "level": content["status"], "was": content["was"],
        "available": content["available"] / 1000, "held": content["held"] / 1000,
        "warning_below": content["warn_at"] / 1000, "critical_below": content["critical_at"] / 1000,
        "since": content["since"], "refill_at": content.get("refill_at")}}
