"""Having an older Skyvern make itself a new key (0.2.17 to 1.0.47, api 1.3): only when asked for, once, recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from ...audit import Actor, conclude, intend
from ...recorded import outcome_of
from ...sealed import Sealer
from ...settings.rules import save_connection, take_turn
from ...skyvern.client import Skyvern
from ...skyvern.connection import Connection, clean_key
from ...skyvern.errors import Missing, Refused, Rejected, SkyvernError
from ...skyvern.key_text import is_sendable
from ..checks.release import find_release
from ..scrub import Scrub
from .rules import State, words_for_paths


@dataclass(frozen=True, slots=True)
class Repaired:
    """What Skyvern did, as far as it may be shown: the files that it wrote its new key to."""

    paths: Sequence[str] = field(default=())


class RepairFailed(Exception):
    """No new key was stored. `title` and `sentence` say what is known of it; `status` is what we answer."""

    def __init__(self, title: str, sentence: str, status: int = 502) -> None:
        super().__init__(title)
        self.title, self.sentence, self.status = title, sentence, status


def can_repair(state: State) -> bool:
    """Whether the Skyvern in use is of a release that makes a new key when asked to."""
    return bool(state.url) and not state.is_sandbox and find_release(state.url)[0].has_repair


def repair(state: State, sealer: Sealer, scrub: Scrub, actor: Actor) -> Repaired:
    """Asks once, stores the new key sealed. Raises Overtaken with nothing sent when somebody else was quicker, and
    RepairFailed."""
    if not can_repair(state):
        raise RepairFailed("This Skyvern makes no new key when asked",
                           "Releases since 1.0.48 do it only by a command on their own machine.", 409)
    take_turn(state.version)
    row = intend(actor, "key.repair", "settings", None, url=state.url)
    try:
        answer = Skyvern(Connection(state.url, "")).repair_key()
    except SkyvernError as error:
        conclude(row, outcome_of(error), error.status)
        raise _failure(error) from error
    new = clean_key(str(answer.get("api_key") or ""))
    if not is_sendable(new):
        conclude(row, "failed", 502)
        raise RepairFailed("Skyvern answered without a key",
                           "Perhaps it made one; it is in its .env file then. This page looks for it.")
    paths = words_for_paths(answer, Scrub([new, state.key]))
    try:
        save_connection(sealer, state.url, new, actor)
    except SQLAlchemyError as error:
        conclude(row, "done", 200)
        raise RepairFailed("Skyvern made a new key, but it could not be stored here",
                           f"Our database did not take it. The key is in {' and '.join(paths) or 'its .env file'}.",
                           503) from error
    conclude(row, "done", 200)
    return Repaired(tuple(scrub.text(path) for path in paths))


def _failure(error: SkyvernError) -> RepairFailed:
    if isinstance(error, Refused):
        return RepairFailed("Skyvern makes a new key only for its own machine",
                            "This server is not on it, or not on a private network with it. Use the command below.")
    if isinstance(error, Missing | Rejected):
        return RepairFailed("This Skyvern makes no new key when asked", "Use the command below.")
    if outcome_of(error) == "unknown":
        return RepairFailed("Nobody knows whether a new key was made",
                            "The answer was lost. If one was made, it is in Skyvern's .env file; this page looks for "
                            "it.", 504)
    return RepairFailed("Skyvern made no new key", "It failed while it worked on it. Its log says more.")
