"""What is wrong with a connection, in words, layer by layer."""

from __future__ import annotations

from dataclasses import dataclass

from ..skyvern import errors
from ..skyvern.client import Skyvern
from ..skyvern.connection import Connection


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a connection test found, in words. `part` is the field it is about: url, key or none."""

    ok: bool
    title: str
    sentence: str
    part: str | None = None
    version: str | None = None


def test_connection(url: str, key: str) -> Verdict:
    """Asks Skyvern at this address with this key and says what is wrong, layer by layer. Raises nothing.

    The address: heartbeat without a key (api 1.5). The key: `GET /api/v1/organizations` (api 1.1).
    """
    skyvern = Skyvern(Connection(url, key))
    try:
        beat = skyvern.get_heartbeat()
    except errors.Unreachable:
        return Verdict(False, "Nothing answers at this address",
                       "Check host and port, and that Skyvern is running. From inside a container, localhost is the "
                       "container itself: use the service's name, such as http://skyvern:8000.", "url")
    except errors.TimedOut:
        return Verdict(False, "No answer in time", "Something accepts the connection but does not answer.", "url")
    except errors.Redirected:
        return Verdict(False, "This address points elsewhere",
                       "It answered with a redirect. Enter the address it leads to: redirects are never followed, "
                       "so that the key goes nowhere else.", "url")
    except errors.SkyvernError:
        return Verdict(False, "This is not Skyvern's API",
                       "Something answers, but not as Skyvern's API does. Its own front end (port 8080) is another "
                       "server: the API usually has port 8000.", "url")
    if "running" not in beat.lower() or "<" in beat:
        return Verdict(False, "This is not Skyvern's API",
                       "A web page answered. Enter the address of the API (usually port 8000), not of a front end.",
                       "url")
    if not key:
        return Verdict(False, "The key is missing", "Skyvern answers. Now it needs a key.", "key")
    try:
        skyvern.list_organizations()
    except errors.Refused as error:
        known = error.upstream_status == 404
        return Verdict(False, "Skyvern does not accept this key",
                       "The key belongs to another database: its organisation does not exist here." if known else
                       "Skyvern runs, but refuses the key. It may be cut off, out of date or of another installation. "
                       "The current one is in the .env file of the folder where Skyvern was started.", "key")
    except errors.SkyvernError as error:
        return Verdict(False, "Skyvern runs, but cannot check the key", error.sentence)
    version = None
    try:
        version = skyvern.get_version()
    except errors.SkyvernError:
        pass
    return Verdict(True, "Connected", f"Skyvern {version} accepts the key." if version else "Skyvern accepts the key.",
                   None, version)
