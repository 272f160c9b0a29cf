"""What a check is, and what it may look at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from flask import Flask

from ..audit import Actor
from ..config import Settings
from ..llm.upstream import Upstream
from ..skyvern.connection import Connection
from .finding import Finding

LAYERS: dict[str, str] = {
    "own": "This server", "network": "The way to Skyvern", "release": "Skyvern's release",
    "database": "Skyvern's database", "key": "The key", "artifacts": "Screenshots and recordings",
    "live": "The live view", "doors": "Open doors", "model": "The model", "webhooks": "Webhooks", "clock": "Clocks",
    "timeouts": "Time-outs on the way", "proxies": "Proxies in front of us",
}


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """How the request that asked for the examination reached us. None on the command line and in the background."""

    peer: str
    scheme: str
    host: str
    forwarded: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Patient:
    """What is examined, read once before the checks begin: no check waits for the database to know the connection.

    `connection` is None when there is none, and `why_none` then says why. `thorough` allows what costs more than one
    token or opens a browser; only a person asks for it. `app` is for the few checks that look at our own database
    (inside `with patient.app.app_context()`, and never across an outgoing call). `actor` is who asked for it; without
    one nothing is written to Skyvern, because nobody could be named in the audit."""

    app: Flask = field(repr=False)
    settings: Settings
    connection: Connection | None
    why_none: str = ""
    upstreams: tuple[Upstream, ...] = ()
    request: RequestFacts | None = None
    thorough: bool = False
    actor: Actor | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Check:
    """One small question. `examine` answers within `seconds` or is given up; it may raise, which is then the finding.

    `needs` are the names of checks that must not fail before this one makes sense; if one does, this one is skipped, so
    that the first failure of a report is the cause and not its echo. `free` says that it costs no token and opens no
    browser: the background asks only such. A check that looks at several things (each model) returns several findings,
    the names of which begin with its own."""

    name: str
    layer: str
    title: str
    examine: Callable[[Patient], Finding | Sequence[Finding]]
    seconds: float = 8.0
    needs: tuple[str, ...] = ()
    free: bool = True
    thorough: bool = False
