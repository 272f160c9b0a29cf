"""Skyvern's own database."""

from __future__ import annotations

import re

from ...diagnosis.excerpt import excerpt
from ...relay.ask import ask
from ..check import Check, Patient
from ..finding import Finding, ok, skip

CHECK, LAYER = "upstream-database", "database"
ROUTE = "/v1/workflows?page_size=1"  # always read from the database, unlike the organisation, which a cache holds
SECONDS, SLOW = 5.0, 3.0
FIX = ("Look whether Skyvern's database runs and whether its disk is full.", "$ docker compose ps",
       "$ docker compose logs --tail 50 postgres", "Then restart Skyvern.", "$ docker compose restart skyvern")
_DATABASE = re.compile(r"database|sql|operational|programming|interface|integrity|pool|asyncpg|psycopg", re.I)


def look_at_database(patient: Patient) -> Finding:
    """Whether Skyvern's database answers: a route that reads it, with the key. A key that is refused tells nothing."""
    if patient.connection is None:
        return skip(CHECK, LAYER, "There is no connection.")
    key = patient.connection.key
    answer = ask("GET", patient.connection.url + ROUTE, [("x-api-key", key), ("x-user-agent", "skyvern-ui")],
                 seconds=SECONDS)
    evidence = [("Asked", f"GET {ROUTE}"), ("Status", str(answer.status or answer.detail)),
                ("After", f"{answer.seconds * 1000:.0f} ms")]
    if answer.reply.trouble == "timeout":
        return Finding(CHECK, LAYER, "fail", "upstream_database_hangs",
                       "Skyvern is up, but its database does not answer",
                       f"Skyvern lives, yet what needs its database was not answered within {SECONDS:.0f} seconds.",
                       FIX, tuple(evidence))
    if answer.status is not None and answer.status >= 500:
        said = excerpt(answer.text)
        evidence += [("It said", said)] if said else []
        if answer.status == 503 or _DATABASE.search(said):
            return Finding(CHECK, LAYER, "fail", "upstream_database_down", "Skyvern is up, but its database is not",
                           "Skyvern lives, but fails at whatever needs its database.", FIX, tuple(evidence))
        return Finding(CHECK, LAYER, "fail", "upstream_fails", "Skyvern lives, but fails at a simple question",
                       "Listing one workflow ended in an error of its own. A database that was not brought up to date "
                       "after an update does that.",
                       ("Look at Skyvern's log.", "$ docker compose logs --tail 50 skyvern", *FIX[3:]),
                       tuple(evidence))
    if answer.status == 200 and isinstance(answer.json(), list | dict):
        if answer.seconds > SLOW:
            return Finding(CHECK, LAYER, "warn", "upstream_database_slow", "Skyvern's database is slow",
                           f"The simplest question to it took more than {SLOW:.0f} seconds.", FIX[:1], tuple(evidence))
        return ok(CHECK, LAYER, "Skyvern's database answers", *evidence)
    return Finding(CHECK, LAYER, "skip", "skipped", "Skyvern's database could not be asked",
                   "Without a key that Skyvern accepts nothing can be read from it.", evidence=tuple(evidence))


CHECKS: tuple[Check, ...] = (
    Check(CHECK, LAYER, "Skyvern's database", look_at_database, seconds=6.0, needs=("network", "prefixes")),
)
