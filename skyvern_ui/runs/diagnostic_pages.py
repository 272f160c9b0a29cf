"""What the diagnostics of a run are drawn from."""

from __future__ import annotations

from typing import Any

from flask import request

from ..access import skyvern
from ..skyvern.values import Run, Step, run_kind
from . import diagnostic_rules, rules, timeline_rules


def diagnostics(run: Run) -> dict[str, Any]:
    """The steps, closed; the one that the address names is open."""
    upstream = skyvern()
    artifacts, problem = rules.ask(lambda: rules.artifacts_of(upstream, run), [])
    steps: list[Step] = []
    labels: dict[str, str] = {}
    if run_kind(run.run_id) == "task":
        steps, _ = rules.ask(lambda: upstream.list_steps(run.run_id), [])
    else:
        told, _ = rules.ask(lambda: timeline_rules.story(upstream, run), ())
        labels = timeline_rules.labels_of(told)
    traces = diagnostic_rules.traces(artifacts, labels, steps)
    first, wanted = _start(), request.args.get("step", "")
    shown = traces[first:first + diagnostic_rules.MOST_STEPS]
    return {"problem": problem, "traces": shown, "first": first, "total": len(traces), "open_step": wanted,
            "last": first + len(shown), "browser_files": diagnostic_rules.browser_files(artifacts),
            "name_of": diagnostic_rules.name_of}


def _start() -> int:
    text = request.args.get("from", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0
