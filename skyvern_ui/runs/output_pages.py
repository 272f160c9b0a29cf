"""What the output of a run is drawn from."""

from __future__ import annotations

from itertools import islice
from typing import Any

from flask import abort, request

from ..aside import aside
from ..skyvern.values import Run
from . import output_rules


def output(run: Run, most: int = output_rules.MOST_NODES) -> dict[str, Any]:
    """The output, or the piece of it that the address asks for, or what was found in it."""
    at, words = request.args.get("at", ""), request.args.get("find", "").strip()[:200]
    has_output = not output_rules.is_empty(run.output)
    context: dict[str, Any] = {"has_output": has_output, "at": at, "find": words, "found": None, "tree": None,
                               "blocks": [], "tables": [], "is_cut": False, "is_small": most < output_rules.MOST_NODES}
    if not has_output:
        return context
    try:
        value = output_rules.at_pointer(run.output, at)
    except LookupError:
        abort(404, "The output has nothing at this place.")
    if words:
        found, is_cut = aside(output_rules.search, value, words, at)
        return context | {"found": found, "is_cut": is_cut}
    names = list(run.output) if isinstance(run.output, dict) else []
    places = list(islice(output_rules.tables(value, at), 20))
    return context | {
        "tree": output_rules.tree(value, at, most=most),
        "tables": [(place, output_rules.way_of(place)) for place in places],
        "blocks": [name for name in names if name.endswith("_output")][:100] if len(names) > 2 else [],
    }
