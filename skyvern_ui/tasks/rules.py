"""Starting work on Skyvern, each start recorded before it is sent and claimed once it has an id."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..audit import Actor
from ..claims import claim
from ..recorded import send_recorded
from ..skyvern.client import Skyvern
from ..skyvern.values import Run

TITLE_LENGTH = 120


def start_task(skyvern: Skyvern, body: dict[str, Any], actor: Actor) -> Run:
    """One task, started once. Raises the errors of Skyvern; the audit row says how it ended.

    Without a title it gets its prompt's first line as one: Skyvern's lists show nothing else of a task."""
    body = {**body, "title": body.get("title") or first_line(body.get("prompt"))}
    summary = {"url": body.get("url"), "engine": body.get("engine"), "prompt": str(body.get("prompt"))[:200]}
    return begin(lambda: skyvern.run_task(body), actor, "run.create", **summary)


def first_line(prompt: Any) -> str | None:
    """What a task is called when nobody gave it a title."""
    lines = str(prompt or "").strip().splitlines()
    return lines[0][:TITLE_LENGTH] if lines else None


def cancel(skyvern: Skyvern, run: Run, actor: Actor) -> bool:
    """Cancels a run that is not over: created, queued, running or paused. Before 1.0.32 cancelling a finished one
    rewrote its status, so that is not even asked: False. Raises the errors of Skyvern."""
    if run.is_over:
        return False
    send_recorded(lambda: skyvern.cancel_run(run.run_id), actor, "run.cancel", run.run_id)
    return True


def begin(send: Callable[[], Run], actor: Actor, action: str, **details: Any) -> Run:
    """What begins a run: recorded, sent once, claimed for whoever began it. Raises the errors of Skyvern."""
    run = send_recorded(send, actor, action, None, made=lambda begun: begun.run_id, **details)
    claim(run.run_id, "run", actor)
    return run


def is_masked(value: Any) -> bool:
    """True for headers that Skyvern gives back as asterisks only."""
    return isinstance(value, dict) and bool(value) and all(v == "***" for v in value.values())
