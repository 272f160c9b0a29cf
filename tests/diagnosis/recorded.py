"""The recorded answers: a file for each who speaks, a line for each row of the tables.

`body` is what came, as text or JSON; `text` instead of it is a reason or a detail. Seen on real servers where the row
says so, else as the provider documents it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from skyvern_ui.diagnosis.diagnosis import Reply

FOLDER = Path(__file__).parent / "recorded"


def rows() -> list[Any]:
    found = []
    for path in sorted(FOLDER.glob("*.json")):
        found += [pytest.param(row, id=f"{path.stem}: {row['row']}") for row in json.loads(path.read_text("utf-8"))]
    return found


def reply_of(row: dict[str, Any]) -> Reply:
    body = row["body"] if isinstance(row["body"], str) else json.dumps(row["body"], ensure_ascii=False)
    return Reply(row["status"], body.encode(), row.get("headers", {}), row.get("host", "model.example"),
                 row.get("trouble", ""), row.get("asked", "chat"), row.get("model", ""))
