"""The code of a run: what Skyvern wrote, and what its code blocks were given."""

from __future__ import annotations

from typing import Any

from ..access import skyvern
from ..skyvern.values import Run
from . import code_rules, rules


def code(run: Run) -> dict[str, Any]:
    """Every piece, with a name and its text."""
    pieces, problem = rules.ask(lambda: code_rules.pieces_of(skyvern(), run), [])
    return {"pieces": pieces, "problem": problem}
