"""What is typed into the form of a schedule, as it was typed: nothing of it is lost when something is wrong."""

from __future__ import annotations

from typing import Any

from flask import request

from .plans import WHEN

LONGEST = {"name": 200, "description": 2000}
UNFIT = "This holds characters that cannot be kept."


def typed_when() -> dict[str, Any]:
    """The fields that say when it runs; of the address for a look, of the form otherwise."""
    given = request.args if request.method == "GET" else request.form
    found: dict[str, Any] = {name: given[name][:500] for name in WHEN if name in given}
    return found | {"days": given.getlist("days")[:7]}


def typed_all() -> dict[str, Any]:
    """All of the form but the workflow's inputs."""
    return typed_when() | {"name": request.form.get("name", "").strip(),
                           "description": request.form.get("description", "").strip(),
                           "paused": "paused" in request.form}


def wrong_words(typed: dict[str, Any]) -> dict[str, str]:
    """What is wrong with the name and the description, by field."""
    wrong = {name: f"At most {most:,} characters." for name, most in LONGEST.items() if len(typed[name]) > most}
    for name in LONGEST:
        if "\x00" in typed[name] or any(0xD800 <= ord(letter) <= 0xDFFF for letter in typed[name]):
            wrong[name] = UNFIT
    return wrong
