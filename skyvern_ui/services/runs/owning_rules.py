"""What a service has made on Skyvern: it reads, uses and ends these things and no others.

A claim names the organisation, so every key of it may use what another of its keys began. An id that is not claimed
and one that somebody else claimed are told apart nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from sqlalchemy import func, select

from ...extensions import db
from ...models import Claim

SERVICE = "service"
ID = re.compile(r"(?:tsk_v2|tsk|wr|pbs|file)_[0-9A-Za-z]{1,64}")
ROW_IDS = ("run_id", "workflow_run_id", "task_id", "browser_session_id", "observer_cruise_id", "file_id")
MOST_AT_ONCE = 500


def owned(org_id: str, ids: Collection[str]) -> set[str]:
    """Which of these the organisation has made. One read for every 500."""
    wanted, found = sorted(set(ids)), set[str]()
    for start in range(0, len(wanted), MOST_AT_ONCE):
        query = select(Claim.upstream_id).where(Claim.upstream_id.in_(wanted[start:start + MOST_AT_ONCE]),
                                                Claim.actor_kind == SERVICE, Claim.actor_id == org_id)
        found.update(db.session.scalars(query))
    db.session.remove()
    return found


def count_of(org_id: str) -> int:
    """How many things the organisation has made."""
    found = db.session.scalar(select(func.count()).select_from(Claim).where(
        Claim.actor_kind == SERVICE, Claim.actor_id == org_id))
    db.session.remove()
    return found or 0


def named_in(body: Any) -> set[str]:
    """Every text in a JSON body that is the id of a run, a browser session or an upload, wherever it stands."""
    return {text for text in _texts(body) if ID.fullmatch(text)}


def named_in_query(query: str) -> set[str]:
    """The same in the query of an address, lists with commas too."""
    parts = (part.strip() for _, value in parse_qsl(query) for part in value.split(","))
    return {part for part in parts if ID.fullmatch(part)}


def ids_of(row: Mapping[str, Any]) -> set[str]:
    """The ids that say whose a row of a list, or an artifact, is."""
    return {value for name in ROW_IDS if isinstance(value := row.get(name), str) and value}


def own_rows(org_id: str, rows: Iterable[Any]) -> list[Any]:
    """The rows about things of this organisation, in their order."""
    known = [row for row in rows if isinstance(row, dict)]
    ours = owned(org_id, {each for row in known for each in ids_of(row)})
    return [row for row in known if ids_of(row) & ours]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value.strip()
    elif isinstance(value, dict):
        for name, each in value.items():
            yield name.strip()
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
