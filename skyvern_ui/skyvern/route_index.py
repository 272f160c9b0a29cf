"""The route table, indexed by prefix, method, number of segments and first word."""

from __future__ import annotations

from typing import NamedTuple

from skyvern_ui.skyvern.route_data import ROUTES

PREFIXES = {"v1": "v1", "api": "api/v1", "api2": "api/v2"}
ANY = ("GET", "POST", "PUT", "PATCH", "DELETE", "WS")

# Words that only these parameters may hold; a start means that an id must begin so.
ENTITIES = ("step", "task", "workflow_run", "workflow_run_block", "thought")
STARTS = {("DELETE", "credentials/{credential_id}"): ((1, "cred_"),)}
CLOSED_WORDS = frozenset({"internal", "webhook", "ui-session", "sms", "apikeys"})
VAULTS = frozenset({"onepassword", "bitwarden", "azure_credential", "custom_credential"})


class Entry(NamedTuple):
    """One row, cut into what has to be compared and what has to be kept."""

    method: str
    template: str
    prefix: str
    who: str
    audit: str
    deadline: str
    literals: tuple[tuple[int, str], ...]
    params: tuple[tuple[int, str], ...]
    starts: tuple[tuple[int, str], ...]


Index = dict[tuple[int, str], tuple[Entry, ...]]


def index_of(method: str, prefix: str) -> Index:
    """The entries of one method under one prefix; the empty prefix means: wherever the route exists."""
    return _INDEX.get((method, prefix), {})


def closed_in(rest: list[str]) -> bool:
    """Whether a path that no row knows still has the shape of a closed route, whatever the method."""
    if not CLOSED_WORDS.isdisjoint(word.lower() for word in rest):
        return True
    return len(rest) > 1 and rest[0].lower() == "credentials" and rest[1].lower() in VAULTS


def _entries() -> list[Entry]:
    made = []
    for method, template, prefixes, who, audit, deadline in ROUTES:
        for short in prefixes.split():
            for written in _spellings(template, short):
                words = written.split("/")
                literals = tuple((i, w) for i, w in enumerate(words) if w[0] != "{")
                params = tuple((i, w[1:-1]) for i, w in enumerate(words) if w[0] == "{")
                starts = STARTS.get((method, written), ())
                row = (method, written, PREFIXES[short], who, audit, deadline)
                made.append(Entry(*row, literals, params, starts))
    return made


def _spellings(template: str, short: str) -> list[str]:
    """The template, and since Skyvern 1.0.39 its `agents` twin, which exists under `/v1` only."""
    if template.startswith("{entity_type}/"):
        return [template.replace("{entity_type}", entity) for entity in ENTITIES]
    words = template.split("/")
    if short == "v1" and "workflows" in words:
        return [template, "/".join("agents" if word == "workflows" else word for word in words)]
    return [template]


def _build(entries: list[Entry]) -> dict[tuple[str, str], Index]:
    order = list(PREFIXES.values())
    open_shapes = {(e.method, _size(e), e.literals) for e in entries if e.who != "never"}
    index: dict[tuple[str, str], dict[tuple[int, str], list[Entry]]] = {}
    for entry in entries:
        key = (_size(entry), entry.literals[0][1] if entry.literals and entry.literals[0][0] == 0 else "")
        index.setdefault((entry.method, entry.prefix), {}).setdefault(key, []).append(entry)
        if entry.who != "never" or (entry.method, _size(entry), entry.literals) not in open_shapes:
            index.setdefault((entry.method, ""), {}).setdefault(key, []).append(entry)

    def rank(entry: Entry) -> tuple[bool, int, int]:
        """Closed rows decide first, then the row with more fixed words, then the preferred prefix."""
        return entry.who != "never", -len(entry.literals), order.index(entry.prefix)

    return {
        place: {key: tuple(sorted(found, key=rank)) for key, found in keys.items()} for place, keys in index.items()
    }


def _size(entry: Entry) -> int:
    return len(entry.literals) + len(entry.params)


_INDEX = _build(_entries())
