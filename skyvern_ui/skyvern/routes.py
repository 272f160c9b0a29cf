"""The route table: which Skyvern routes may be called, by whom, and what they are called in the audit.

The path is judged as the very bytes that will be sent: nothing is decoded, repaired or normalised
between the decision and the wire. A path without a prefix goes where the route exists, in the order
`/v1`, `/api/v1`, `/api/v2`; so a bare `POST tasks` is the legacy `/api/v1/tasks` (`/api/v2/tasks` needs
its prefix), and a bare `GET tasks/tsk_v2_…` goes to `/api/v2`, the only place that knows such ids.
"""

from __future__ import annotations

from typing import NamedTuple

from skyvern_ui.skyvern.paths import Refusal, segments_of
from skyvern_ui.skyvern.route_index import ANY, PREFIXES, Entry, closed_in, index_of

__all__ = ["DEADLINES", "Deadlines", "Match", "Refusal", "resolve"]

UNKNOWN = Refusal("unknown_route", "This path is not in the route table of Skyvern UI.", 404)
CLOSED = Refusal("closed_route", "The route table of Skyvern UI never passes this Skyvern route on.", 403)
WRONG_METHOD = Refusal("wrong_method", "This Skyvern route exists, but not with this method.", 405)


class Deadlines(NamedTuple):
    """Seconds: until the status line has arrived, and until the last byte has."""

    first_byte: float
    total: float


DEADLINES: dict[str, Deadlines] = {
    "read": Deadlines(30.0, 30.0),
    "create": Deadlines(60.0, 90.0),
    "model": Deadlines(600.0, 600.0),
    "upload": Deadlines(600.0, 600.0),
    "stream": Deadlines(60.0, 1800.0),
    "socket": Deadlines(15.0, 86400.0),
}


class Match(NamedTuple):
    """A path that may be called. `target` starts with a slash and holds the judged bytes unchanged."""

    target: str
    template: str
    params: dict[str, str]
    who: str
    audit: str
    is_write: bool
    deadline: str
    prefix: str

    @property
    def is_known(self) -> bool:
        """False for a path let through by `unknown_get_allowed`."""
        return bool(self.template)


def resolve(method: str, raw_path: str | bytes, *, unknown_get_allowed: bool = False) -> Match | Refusal:
    """Judge one call. `raw_path` is the undecoded rest after `/api/skyvern/`, without the query.

    `method` is an upper-case HTTP method, or `WS` for a WebSocket handshake; HEAD counts as GET.
    Answers a `Match` whose `who` is "member" or "admin" (the caller still has to compare it with the
    person), or a `Refusal` with a code, a sentence and an HTTP status. With `unknown_get_allowed` a
    canonical GET that no row knows becomes a Match for admins, unless a closed route has its shape.
    Contract of the rows: Skyvern 1.0.56 and 1.0.50. Raises nothing.
    """
    segments = segments_of(raw_path)
    if isinstance(segments, Refusal):
        return segments
    prefix, rest = _split(segments)
    wanted = "GET" if method == "HEAD" else method
    entry = _find(index_of(wanted, prefix), rest)
    if entry is not None:
        if entry.who == "never":
            return CLOSED
        params = {name: rest[place] for place, name in entry.params}
        chosen = prefix or _preferred(entry, rest)
        return Match(
            f"/{chosen}/{'/'.join(rest)}", entry.template, params, entry.who, entry.audit,
            method not in ("GET", "HEAD", "WS"), entry.deadline, chosen,
        )  # fmt: skip
    if closed_in(rest):
        return CLOSED
    if unknown_get_allowed and wanted == "GET" and prefix and rest:
        return Match("/" + "/".join(segments), "", {}, "admin", "route.read", False, "read", prefix)
    if any(_find(index_of(other, prefix), rest) for other in ANY if other != wanted):
        return WRONG_METHOD
    return UNKNOWN


def _split(segments: list[str]) -> tuple[str, list[str]]:
    if segments[0] == "v1":
        return "v1", segments[1:]
    if segments[0] == "api" and len(segments) > 1:
        prefix = f"api/{segments[1]}"
        if prefix in PREFIXES.values():
            return prefix, segments[2:]
    return "", segments


def _preferred(entry: Entry, rest: list[str]) -> str:
    if entry.template == "tasks/{task_id}" and rest[1].startswith("tsk_v2_") and entry.method == "GET":
        return "api/v2"
    return entry.prefix


def _find(index: dict[tuple[int, str], tuple[Entry, ...]], rest: list[str]) -> Entry | None:
    if not rest:
        return None
    count = len(rest)
    for key in ((count, rest[0]), (count, "")):
        for entry in index.get(key, ()):
            for place, text in entry.literals:
                if rest[place] != text:
                    break
            else:
                if all(rest[place].startswith(start) for place, start in entry.starts):
                    return entry
    return None
