"""Which release of Skyvern answers, and what it lacks."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ...relay.ask import Asked, ask
from ...skyvern.release import Release, read_release
from ..check import Check, Patient
from ..finding import Finding, ok, skip

CHECK, LAYER = "release", "release"
SECONDS, DESCRIPTION_SECONDS = 4.0, 8.0  # the first description after a start took 3.2 s to make
LARGEST = 4 * 1024 * 1024
UPDATE = ("Update Skyvern.", "$ docker compose pull && docker compose up -d")
MOST_WARNINGS = 5


def look_at_release(patient: Patient) -> Finding:
    """Which release answers, by its description, and what of ours it cannot do; what it says of its settings."""
    if patient.connection is None:
        return skip(CHECK, LAYER, "There is no connection.")
    found, runtime = find_release(patient.connection.url)
    warnings = [_words(each) for each in _list(runtime.get("warnings"))][:MOST_WARNINGS]
    evidence = tuple((name, value) for name, value in (
        ("Release", found.name), ("It calls itself", found.said), ("Described", "yes" if found.floor else "no"),
        ("Live view", _words(runtime.get("browser_streaming_mode"))),
        ("Environment", _words(runtime.get("environment"))),
        ("It warns", "; ".join(warnings))) if value)
    if not found.is_supported:
        return Finding(CHECK, LAYER, "fail", "release_too_old", f"Skyvern {found.name} is too old for these pages",
                       f"It lacks: {'; '.join(found.lacks)}.", UPDATE, evidence)
    if found.lacks:
        return Finding(CHECK, LAYER, "warn", "release_lacks", f"Skyvern {found.name} lacks some of what is used here",
                       f"It lacks: {'; '.join(found.lacks)}.", UPDATE, evidence)
    if warnings:
        return Finding(CHECK, LAYER, "warn", "release_warns", "Skyvern warns about its own settings",
                       " ".join(warnings)[:300], ("Correct it in Skyvern's .env and restart it.",), evidence)
    if found.number is None:
        return ok(CHECK, LAYER, "Skyvern does not say which release it is", *evidence,
                  explain="Its description is not to be had and its version is not known, so nothing is compared.")
    return ok(CHECK, LAYER, f"Skyvern {found.name}", *evidence)


def find_release(url: str) -> tuple[Release, dict[str, Any]]:
    """The release at this address and what it says of its settings (`GET /config/runtime`, since 1.0.37). Needs no
    key, at most DESCRIPTION_SECONDS."""
    with ThreadPoolExecutor(3) as pool:
        description = pool.submit(ask, "GET", url + "/openapi.json", seconds=DESCRIPTION_SECONDS, most=LARGEST)
        version = pool.submit(ask, "GET", url + "/api/v1/version", seconds=SECONDS)
        runtime = pool.submit(ask, "GET", url + "/api/v1/config/runtime", seconds=SECONDS)
        answers = description.result(), version.result(), runtime.result()
    openapi, said, settings = (_sound(each) for each in answers)
    told = str(said.get("version") or "")
    told = told if told not in ("unknown", "development") and re.fullmatch(r"[\w.+-]{1,40}", told) else ""
    return read_release(openapi, told), settings


def _sound(answer: Asked) -> dict[str, Any]:
    payload = answer.json() if answer.status == 200 and not answer.reply.trouble and not answer.is_cut else None
    return payload if isinstance(payload, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _words(value: Any) -> str:
    return " ".join(str(value).split())[:200] if isinstance(value, str | int | float) else ""


CHECKS: tuple[Check, ...] = (
    Check(CHECK, LAYER, "Skyvern's release", look_at_release, seconds=9.0, needs=("network", "prefixes")),
)
