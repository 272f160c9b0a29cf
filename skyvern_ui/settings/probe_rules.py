"""What is wrong with a connection, in the doctor's words: the address first, then the key."""

from __future__ import annotations

from dataclasses import dataclass

from ..config import Settings
from ..doctor.checks.key_probe import finding_for, judge
from ..doctor.checks.reach import look_at
from ..doctor.finding import Finding
from ..skyvern.client import Skyvern
from ..skyvern.connection import Connection
from ..skyvern.errors import SkyvernError

REFUSED_WARNINGS = ("key_session", "key_remembered")  # keys that work now and not tomorrow


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a connection test found, in words. `part` is the field it is about: url, key or none. `fix` is what to do,
    in order; a line that begins with `$ ` is a command."""

    ok: bool
    title: str
    sentence: str
    part: str | None = None
    version: str | None = None
    code: str = "ok"
    fix: tuple[str, ...] = ()


def test_connection(url: str, key: str, settings: Settings) -> Verdict:
    """Asks Skyvern at this address with this key and says what is wrong, layer by layer. Raises nothing; hold no
    database connection over it. No key is sent before the address has proven to be Skyvern's."""
    address = look_at(url, settings)
    if address.verdict != "ok":
        return _refused(address, "url")
    found = finding_for(judge(url, key), key)
    if found.verdict == "fail" or found.code in REFUSED_WARNINGS:
        return _refused(found, "key" if found.code.startswith("key_") else None)
    version = None
    try:
        version = Skyvern(Connection(url, key)).get_version()
    except SkyvernError:
        pass
    accepts = f"Skyvern {version} accepts the key." if version else "Skyvern accepts the key."
    soon = f" {found.title}: {found.explain}" if found.verdict == "warn" else ""
    return Verdict(True, "Connected", accepts + soon, None, version)


def _refused(found: Finding, part: str | None) -> Verdict:
    steps = tuple(line for line in found.fix if "doctor" not in line)
    first = next((line for line in steps if not line.startswith("$ ")), "")
    sentence = " ".join(each for each in (found.explain, first) if each)
    return Verdict(False, found.title, sentence, part, None, found.code, steps)
