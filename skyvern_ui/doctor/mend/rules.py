"""Mending the connection: which addresses and keys could be used instead, tried before anything is changed.

Nothing is stored that Skyvern did not accept a moment ago, and nothing when somebody else changed the settings in
between.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from ...config import Settings
from ...extensions import db
from ...sealed import CannotOpen, Sealer, fingerprint
from ...settings.found_rules import find_keys
from ...settings.rules import SANDBOX_URL, load, open_key
from ...skyvern.connection import clean_key
from ...skyvern.key_text import unwrap
from ..checks.key_probe import Judged, finding_for, judge
from ..checks.reach import look_at, working_neighbour
from ..finding import Finding
from ..history.rules import remember
from ..scrub import Scrub, secrets_of

MOST_KEYS = 8


@dataclass(frozen=True, slots=True)
class State:
    """The connection as it is stored this moment. `url` may be empty, and so may `key`: then `why_none` may say why.
    `key` as it is in use, before anything is taken off it."""

    version: int
    url: str
    key: str = field(repr=False)
    is_sandbox: bool = False
    why_none: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A key that could be used, where it comes from in words, and what Skyvern says to it."""

    key: str = field(repr=False, compare=False)
    source: str
    judged: Judged
    finding: Finding

    @property
    def id(self) -> str:
        """Names it in a form: its fingerprint."""
        return fingerprint(self.key)

    @property
    def name(self) -> str:
        """What to call it on a page."""
        return f"The key in {self.source}" if "/" in self.source else self.source

    @property
    def works(self) -> bool:
        """True when Skyvern accepts it and will tomorrow."""
        return self.finding.verdict == "ok" or self.finding.code == "key_ends_soon"


@dataclass(frozen=True, slots=True)
class KeyState:
    """The key in use, as it was found, and the others that were tried; `url` is the Skyvern that was asked."""

    address: Finding
    current: Finding | None
    candidates: tuple[Candidate, ...] = ()
    url: str = ""

    @property
    def is_well(self) -> bool:
        """True when the key in use needs no mending."""
        return self.current is not None and self.current.verdict == "ok"

    @property
    def working(self) -> tuple[Candidate, ...]:
        """Those that could be adopted."""
        return tuple(each for each in self.candidates if each.works)


def read_state(settings: Settings, sealer: Sealer) -> State:
    """The connection as it is in the database and the environment. Leaves no database connection open."""
    row = load()
    db.session.expunge_all()
    db.session.remove()
    stored = row.skyvern_api_url if row else None
    version = row.version if row else 0
    if stored == SANDBOX_URL:
        return State(version, "", "", is_sandbox=True)
    url, key, why = stored or settings.skyvern_api_url or "", settings.skyvern_api_key or "", ""
    if row is not None and row.skyvern_api_key:
        try:
            key = open_key(sealer, row)
        except CannotOpen:
            key, why = "", "The stored key cannot be read: SECRET_KEY has changed since it was saved."
    else:
        key = clean_key(key)
    return State(version, url, key, why_none=why)


def look_at_address(state: State, settings: Settings) -> tuple[Finding, str | None]:
    """How the address is, and one that works in its place if it does not."""
    found = look_at(state.url, settings)
    better = dict(found.evidence).get("Skyvern answers at")
    return scrub_of(state, settings).finding(found), better


def finds_address(state: State, settings: Settings, address: str) -> bool:
    """Whether this is an address that the doctor itself would name now: a form can name no other."""
    return working_neighbour(state.url, settings) == address


def look_at_keys(state: State, settings: Settings) -> KeyState:
    """The key in use and every other that can be found, all asked of the Skyvern in use; nothing is sent to what has
    not proven to be a Skyvern."""
    url = state.url or next((each.url for each in find_keys(settings)), "")
    if not url:
        return KeyState(Finding("network", "network", "fail", "no_connection", "Skyvern has no address yet",
                                "Enter it in the settings.", mend="/settings"), None)
    scrub = scrub_of(state, settings)
    address = scrub.finding(look_at(url, settings))
    if address.verdict != "ok":
        return KeyState(address, None, url=url)
    others = keys_to_try(state, settings)
    with ThreadPoolExecutor(1 + len(others)) as pool:
        first = pool.submit(judge, url, state.key)
        judged = list(pool.map(lambda pair: judge(url, pair[0]), others))
        current = scrub.finding(finding_for(first.result(), state.key, source="the settings"))
    candidates = [Candidate(key, source, each, scrub.finding(finding_for(each, key, source=source)))
                  for (key, source), each in zip(others, judged, strict=True)]
    return KeyState(address, current, tuple(sorted(candidates, key=lambda each: not each.works)), url)


def keys_to_try(state: State, settings: Settings) -> list[tuple[str, str]]:
    """Other keys with where they come from, in words: the key in use without what sticks to it, the one of the
    environment, those that Skyvern left in files."""
    found: dict[str, str] = {}
    clean = unwrap(state.key)
    if clean.key and clean.key != state.key:
        found[clean.key] = f"The stored key without {' and '.join(clean.removed)}"
    if settings.skyvern_api_key:
        found.setdefault(clean_key(settings.skyvern_api_key), "SKYVERN_API_KEY in this server's environment")
    for each in find_keys(settings):
        found.setdefault(each.key, str(each.path))
    found.pop(state.key, None)
    return list(found.items())[:MOST_KEYS]


def scrub_of(state: State, settings: Settings) -> Scrub:
    """Keeps every key that is looked at here out of what is shown."""
    return Scrub(secrets_of(settings, state.key, *(key for key, _ in keys_to_try(state, settings))))


def verify(state: State, settings: Settings) -> list[Finding]:
    """How address and key are after a mend; written into the history, so that the banner goes. Raises nothing."""
    scrub, found = scrub_of(state, settings), [look_at(state.url, settings)]
    if found[0].verdict == "ok":
        found.append(finding_for(judge(state.url, state.key), state.key, source="the settings"))
    clean = [scrub.finding(each) for each in found]
    try:
        remember(clean)
    except SQLAlchemyError:
        pass  # the mend stands; the next examination writes it down
    return clean


def words_for_paths(answer: dict[str, object], scrub: Scrub) -> Sequence[str]:
    """The paths that Skyvern wrote its new key to, as it says."""
    paths = (answer.get("backend_env_path"), answer.get("frontend_env_path"))
    return [scrub.text(str(Path(each)))[:200] for each in paths if isinstance(each, str) and each.isprintable()]

