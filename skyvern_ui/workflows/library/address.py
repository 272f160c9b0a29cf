"""The address of the list of workflows: only what filters stands in it, each thing once, so that it can be kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, urlencode

from werkzeug.datastructures import MultiDict

NAMES = ("q", "folder", "labels", "only", "page_size")
USUAL = {"page_size": "20", "page": "1"}
LONGEST = 4000
Pairs = list[tuple[str, str]]


def kept_pairs(args: MultiDict[str, str]) -> Pairs:
    """What of an address says something, in one order, each thing once."""
    found: dict[tuple[str, str], None] = {}
    for name in NAMES:
        values = args.getlist(name)
        if name == "labels":
            values = [part for value in values for part in value.split(",")]
        if name in ("q", "folder", "page_size"):
            values = values[:1]
        for value in (each.strip() for each in values):
            if value and USUAL.get(name) != value:
                found[name, value] = None
    return list(found)


def is_untidy(args: MultiDict[str, str]) -> bool:
    """True when the address holds what a form sends and nobody needs: empty fields, and what is usual anyway."""
    said = [pair for pair in args.items(multi=True) if pair[0] in (*NAMES, "page")]
    return any(not value or USUAL.get(name) == value or name == "labels" and "," in value for name, value in said)


def pairs_of(query: str) -> Pairs:
    """A query string that was kept, as pairs. What is not a filter, or too long, is left out."""
    return kept_pairs(MultiDict(parse_qsl(query[:LONGEST], keep_blank_values=False, errors="replace")))


def query_of(pairs: Iterable[tuple[str, str]], *without: str) -> str:
    """The query string of these pairs."""
    return urlencode([(name, value) for name, value in pairs if name not in without])


def address(pairs: Iterable[tuple[str, str]], page: int = 1, path: str = "/workflows") -> str:
    """The path with its query, or alone when there is nothing to say."""
    query = urlencode([*pairs, *([("page", str(page))] if page > 1 else [])])
    return f"{path}?{query}" if query else path


def with_folder(pairs: Pairs, folder_id: str) -> str:
    """The same filters in another folder; in all of them when it is empty."""
    return address([*(pair for pair in pairs if pair[0] != "folder"), *([("folder", folder_id)] if folder_id else [])])


def chips(pairs: Pairs, words: Mapping[tuple[str, str], str]) -> list[tuple[str, str]]:
    """What is filtered, each in words with the address that takes it away."""
    return [(words.get((name, value), f"{LABELS[name]}: {value}"), address([p for p in pairs if p != (name, value)]))
            for name, value in pairs if name != "page_size"]


def page_of(args: MultiDict[str, str]) -> int:
    """Which page is asked for; 1 for anything senseless."""
    text = args.get("page", "1")
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 5 else 1


LABELS = {"q": "Text", "folder": "Folder", "labels": "Label", "only": "Only"}
