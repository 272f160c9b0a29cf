"""The shape of each thing Skyvern answers with: every key of release 1.0.56, blank.

shapes.json was derived from recorded answers (tests/sandbox/recorded); tests hold the two together.
"""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

SHAPES: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "shapes.json").read_text())


def shape(noun: str, **given: Any) -> dict[str, Any]:
    """A whole `noun` with the given values filled in; KeyError for a key that the real one lacks."""
    whole = copy.deepcopy(SHAPES[noun])
    for key, value in given.items():
        if key not in whole:
            raise KeyError(f"{noun} has no {key}")
        whole[key] = value
    return whole


def moment(seconds: float | None) -> str | None:
    """Unix seconds as Skyvern writes times: UTC, microseconds, no offset."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
