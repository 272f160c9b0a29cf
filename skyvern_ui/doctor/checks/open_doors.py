"""What of Skyvern answers at a host, to somebody who has no key: each door known by a harmless question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ...relay.ask import Asked, ask

SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Door:
    """A port of a usual installation. `question` is a path that gives nothing away, `is_it` knows the answer of what
    stands behind it usually. `gives` says what strangers get."""

    port: int
    name: str
    question: str
    is_it: Callable[[Asked], bool]
    gives: str
    needs_key: bool = False


def is_file_server(asked: Asked) -> bool:
    """Express, asked for a route that it has, with a file that is nowhere: it says so, naming the path or not (api
    6.4). A server that lacks the route says "Cannot GET"."""
    return asked.status in (404, 500, 400) and asked.reply.headers.get("x-powered-by", "").lower() == "express" \
        and "cannot get" not in asked.text.lower()


def is_websockify(asked: Asked) -> bool:
    """Python's websockify names itself; without a web folder it answers 405 to a page's request."""
    return "websockify" in asked.reply.headers.get("server", "").lower() or "novnc" in asked.text[:4000].lower()


def is_skyvern(asked: Asked) -> bool:
    """The sign of life of `GET /api/v1/heartbeat` (api 1.5)."""
    return asked.status == 200 and len(asked.text) < 200 and "server is running" in asked.text.lower()


def is_front_end(asked: Asked) -> bool:
    """Skyvern's own pages."""
    return asked.status == 200 and asked.is_web_page and "skyvern" in asked.text[:4000].lower()


def is_devtools(asked: Asked) -> bool:
    """Chromium's remote control."""
    return asked.status == 200 and "webSocketDebuggerUrl" in asked.text


FILES = Door(9090, "Skyvern's file server", "/artifact/text?path=/skyvern-ui-doctor/there-is-no-such-file",
             is_file_server, "Strangers read any file in its container: screenshots, recordings, often Skyvern's key.")
VNC = Door(6080, "the browser's screen (VNC)", "/", is_websockify,
           "Strangers watch and steer the browser, signed in wherever it is. There is no password.")
API = Door(8000, "Skyvern's API", "/api/v1/heartbeat", is_skyvern,
           "Strangers reach it past this server's accounts and audit.", needs_key=True)
FRONT = Door(8080, "Skyvern's own pages", "/", is_front_end,
             "They have no login and carry the key: strangers start runs and read all results.")
DEVTOOLS = Door(9222, "the browser's remote control (CDP)", "/json/version", is_devtools,
                "Strangers steer the browser and read its cookies.")
DOORS = (FILES, DEVTOOLS, VNC, FRONT, API)  # the worst first


@dataclass(frozen=True, slots=True)
class Seen:
    """A door and what was seen there: `open` (it is what it usually is), `other` (something else answers) or
    `closed`."""

    door: Door
    state: str
    keyless: bool = False


def look_at(host: str, doors: Sequence[Door] = DOORS) -> list[Seen]:
    """Knocks at all doors of a host at once, with one harmless question each and no key; at most SECONDS for each."""
    with ThreadPoolExecutor(max(1, len(doors))) as pool:
        return list(pool.map(lambda door: _seen(host, door), doors))


def _seen(host: str, door: Door) -> Seen:
    base = f"http://{f'[{host}]' if ':' in host else host}:{door.port}"
    asked = ask("GET", base + door.question, seconds=SECONDS)
    if asked.status is None:
        return Seen(door, "closed" if asked.reply.trouble in ("refused", "timeout", "name") else "other")
    if not door.is_it(asked):
        return Seen(door, "other")
    keyless = door.needs_key and ask("GET", base + "/v1/workflows?page_size=1", seconds=SECONDS).status == 200
    return Seen(door, "open", keyless)
