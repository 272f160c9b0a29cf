"""Is the model in the list that its server gives, and what is nearly called so."""

from __future__ import annotations

import difflib
import fnmatch

from ..doctor.finding import Finding, ok
from .probe_words import LAYER, MEND, name_of
from .upstream import Upstream

MOST_NEAR = 5


def find_model(upstream: Upstream, ids: list[str]) -> Finding:
    """A finding named `…-listed`. A name that is not listed is a warning: a list need not be whole, an answer tells."""
    name, wanted = name_of(upstream, "listed"), upstream.model
    if not wanted:
        return Finding(name, LAYER, "warn", "model_not_named", f"{upstream.label}: no model is named",
                       "Without a name it cannot be asked anything.",
                       (f"Name one of: {', '.join(ids[:MOST_NEAR])}." if ids else "Name a model.",),
                       (("Models", str(len(ids))),), MEND)
    if any(_is_same(each, wanted) for each in ids):
        return ok(name, LAYER, f"{upstream.label} lists {wanted}", ("Models", str(len(ids))))
    if not ids:
        return Finding(name, LAYER, "warn", "model_list_empty", f"{upstream.label}: its list of models is empty",
                       "It has loaded or been given none, or this key may use none.",
                       ("Load the model there, or give this key access to it.",), (), MEND)
    near = nearest(wanted, ids)
    fix = f"Did you mean {' or '.join(near)}?" if near else f"It has: {', '.join(ids[:MOST_NEAR])}."
    return Finding(name, LAYER, "warn", "model_not_listed", f"{upstream.label} has no model called {wanted}",
                   "The name must be written as this server lists it, not as its provider does.", (fix,),
                   (("Model", wanted), ("Models", str(len(ids))), ("It lists", ", ".join(ids[:12]))), MEND)


def nearest(wanted: str, ids: list[str]) -> list[str]:
    """The names most like this one, the likest first."""
    by_small = {each.lower(): each for each in ids}
    close = difflib.get_close_matches(wanted.lower(), list(by_small), MOST_NEAR, 0.5)
    tail = wanted.lower().rsplit("/", 1)[-1]
    inside = [each for each in by_small if tail and (tail in each or each.rsplit("/", 1)[-1] in tail)]
    return [by_small[each] for each in dict.fromkeys([*inside[:MOST_NEAR], *close])][:MOST_NEAR]


def _is_same(listed: str, wanted: str) -> bool:
    """Gemini writes `models/` before its names, Ollama `:latest` behind them; LiteLLM has patterns like `openai/*`."""
    plain = listed.removeprefix("models/")
    return (plain in (wanted, wanted.removeprefix("models/"), f"{wanted}:latest")
            or "*" in listed and fnmatch.fnmatchcase(wanted, listed.replace("[", "[[]")))
