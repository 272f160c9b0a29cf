"""The address of a list of runs: only what filters stands in it, each thing once, so that it can be kept and shared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, urlencode

from werkzeug.datastructures import MultiDict

NAMES = ("q", "status", "type", "workflow", "person", "tags", "since", "until", "error_code", "category", "page_size",
         "view")
USUAL = {"page_size": "20", "page": "1"}
NOT_FILTERS = ("page_size", "view")
LONGEST = 2000
Pairs = list[tuple[str, str]]


def kept_pairs(args: MultiDict[str, str]) -> Pairs:
    """What of an address says something, in one order, each thing once. `mine=1` is how older links said it."""
    found: dict[tuple[str, str], None] = {}
    for name in NAMES:
        values = args.getlist(name)
        if name == "person" and args.get("mine") and not any(values):
            values = ["me"]
        if name == "tags":
            values = [part for value in values for part in value.split(",")]
        for value in (v.strip() for v in values):
            if value and USUAL.get(name) != value:
                found[name, value] = None
    return list(found)


def is_untidy(args: MultiDict[str, str]) -> bool:
    """True when the address holds what a form sends and nobody needs: empty fields, and what is usual anyway."""
    said = [pair for pair in args.items(multi=True) if pair[0] in (*NAMES, "page", "mine", "find")]
    return any(not value or USUAL.get(name) == value or name == "mine" or (name == "tags" and "," in value)
               for name, value in said) or "find" in args


def pairs_of(query: str) -> Pairs:
    """A query string that was kept, as pairs. What is not a filter, or too long, is left out."""
    return kept_pairs(MultiDict(parse_qsl(query[:LONGEST], keep_blank_values=False, errors="replace")))


def query_of(pairs: Iterable[tuple[str, str]], *without: str) -> str:
    """The query string of these pairs."""
    return urlencode([(name, value) for name, value in pairs if name not in without])


def address(pairs: Iterable[tuple[str, str]], page: int = 1, path: str = "/runs") -> str:
    """The path with its query, or alone when there is nothing to say."""
    query = urlencode([*pairs, *([("page", str(page))] if page > 1 else [])])
    return f"{path}?{query}" if query else path


def taken_out(pairs: Pairs, pair: tuple[str, str]) -> str:
    """The address without one filter."""
    return address([each for each in pairs if each != pair])


def is_filtered(pairs: Pairs) -> bool:
    """True when something is filtered."""
    return any(name not in NOT_FILTERS for name, _ in pairs)


def chips(pairs: Pairs, words: Mapping[tuple[str, str], str]) -> list[tuple[str, str]]:
    """What is filtered, each in words with the address that takes it away."""
    return [(words.get((name, value), f"{LABELS[name]}: {value}"), taken_out(pairs, (name, value)))
            for name, value in pairs if name not in NOT_FILTERS]


LABELS = {"q": "Text", "status": "Status", "type": "Kind", "workflow": "Workflow", "person": "Started by",
          "tags": "Tag", "since": "From", "until": "To", "error_code": "Error code", "category": "Category"}
