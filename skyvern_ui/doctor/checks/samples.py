"""The newest things that runs left behind: what the checks of screenshots and recordings try to fetch."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ...relay.ask import Asked, ask
from ...skyvern.connection import Connection
from ...skyvern.values.reading import parse_time

RUNS, WANTED = 6, 3
LIST_SECONDS = 3.0
SETTLES = timedelta(minutes=1)
LARGEST_LIST = 4 * 1024 * 1024
PICTURES = ("screenshot_final", "screenshot_action", "screenshot_llm", "screenshot")


@dataclass(frozen=True, slots=True)
class Sample:
    """One stored thing: its id, what Skyvern says of it, and of which run it is. `size` in bytes, None if not said."""

    artifact_id: str
    run_id: str
    uri: str
    url: str
    size: int | None


@dataclass(frozen=True, slots=True)
class Samples:
    """What was found, newest first. `why_none` says in words why there is nothing."""

    things: tuple[Sample, ...] = ()
    why_none: str = ""
    answer: Asked | None = field(default=None, repr=False)


def find_samples(connection: Connection, kinds: tuple[str, ...]) -> Samples:
    """Up to WANTED things of these kinds, of different runs among the newest that ended (`GET /v1/runs`, since
    1.0.29; `GET /v1/runs/{id}/artifacts`). Raises nothing."""
    listed = get(connection, f"/v1/runs?page_size={RUNS}&status=completed&status=failed&status=terminated")
    rows = _rows(listed)
    if rows is None:
        return Samples(why_none="The list of runs could not be read.", answer=listed)
    if not rows:
        return Samples(why_none="No run has ended yet, so there is nothing to fetch.")
    found: list[Sample] = []
    for row in rows:
        run_id = str(row.get("run_id") or row.get("workflow_run_id") or row.get("task_id") or "")
        if not run_id.replace("_", "").isalnum():
            continue
        things = _rows(get(connection, f"/v1/runs/{run_id}/artifacts")) or []
        fitting = [each for kind in kinds for each in things if each.get("artifact_type") == kind
                   and (each.get("file_size") or not _is_settling(row))]
        if fitting:
            found.append(_sample(fitting[0], run_id))
        if len(found) == WANTED:
            break
    return Samples(tuple(found), "" if found else "None of the newest runs left any behind.")


def get(connection: Connection, path: str, *headers: tuple[str, str], seconds: float = LIST_SECONDS,
        most: int = LARGEST_LIST) -> Asked:
    """One question to Skyvern with its key. Raises nothing."""
    return ask("GET", connection.url + path, [("x-api-key", connection.key), *headers], seconds=seconds, most=most)


def _is_settling(row: dict[str, Any]) -> bool:
    """True for a run that has just ended: its film is listed, without a size, some seconds before it is written."""
    ended = parse_time(row.get("finished_at")) or parse_time(row.get("modified_at"))
    return ended is not None and datetime.now(UTC) - ended < SETTLES


def _rows(answer: Asked) -> list[dict[str, Any]] | None:
    payload = answer.json() if answer.status == 200 and not answer.reply.trouble else None
    return [row for row in payload if isinstance(row, dict)] if isinstance(payload, list) else None


def _sample(row: dict[str, Any], run_id: str) -> Sample:
    size = row.get("file_size")
    artifact_id, uri, url = (str(row.get(name) or "") for name in ("artifact_id", "uri", "signed_url"))
    return Sample(artifact_id, run_id, uri, url, size if isinstance(size, int) else None)
