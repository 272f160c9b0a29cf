"""Everything the sandbox remembers, in memory, for as long as it runs."""

from __future__ import annotations

import base64
import json
import secrets
import threading
import time
from bisect import insort
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from skyvern_ui.sandbox.story import Run
from skyvern_ui.sandbox.tags import Tag
from skyvern_ui.sandbox.words import failure_in, is_over_at_once, waits_in


@dataclass
class Session:
    """A simulated browser session: a page address and a picture."""

    session_id: str
    timeout: int  # minutes
    created: float
    url: str = "about:blank"
    picture: int = 1
    by_vnc: bool = False
    driven: bool = False  # by a person
    runner: Run | None = None  # what runs in it, or did last
    closed: float | None = None
    visited: list[str] = field(default_factory=list)
    place: int = -1  # in `visited`


@dataclass
class World:
    """The one organisation of this sandbox. `clock` returns Unix seconds and may be replaced in tests."""

    key: str
    run_seconds: float = 8.0
    clock: Callable[[], float] = time.time
    organization_id: str = "o_500000000000000001"
    runs: dict[str, Run] = field(default_factory=dict)
    numbered: dict[int, Run] = field(default_factory=dict)
    workflows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    sessions: dict[str, Session] = field(default_factory=dict)
    uploads: list[dict[str, Any]] = field(default_factory=list)
    credentials: dict[str, dict[str, Any]] = field(default_factory=dict)  # oldest first, without their values
    codes: list[dict[str, Any]] = field(default_factory=list)
    inputs: list[dict[str, Any]] = field(default_factory=list)  # what viewers did to pages: socket, target, event
    vnc_drivers: set[str] = field(default_factory=set)
    llms: dict[str, dict[str, Any]] = field(default_factory=dict)  # registered models, oldest first, with their keys
    defaults: dict[str, str] = field(default_factory=dict)  # of the organisation: which of them are used
    folders: dict[str, dict[str, Any]] = field(default_factory=dict)
    templates: set[str] = field(default_factory=set)  # workflows that are templates
    workflow_tags: dict[str, list[Tag]] = field(default_factory=dict)
    tag_keys: dict[str, str | None] = field(default_factory=dict)  # groups with their descriptions
    tag_colours: dict[tuple[str, str], str] = field(default_factory=dict)
    schedules: dict[str, dict[str, Any]] = field(default_factory=dict)  # oldest first
    dispatched: dict[str, Any] = field(default_factory=dict)  # by schedule: the last moment that was dealt with
    scripts: dict[str, dict[str, Any]] = field(default_factory=dict)  # what was done to generated code (scripts.py)
    born: float = 0.0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._in_order: list[Run] = []  # oldest first
        self.born = self.born or self.clock()

    @property
    def person(self) -> str:
        return f"{self.organization_id}_user"

    def number(self) -> int:
        with self._lock:
            self._count += 1
            return self._count

    def new_id(self, prefix: str) -> str:
        return f"{prefix}_{500_000_000_000_000_000 + self.number() * 1000}"

    def start(self, *, prefix: str, kind: str, request: dict[str, Any], prompt: str, **more: Any) -> Run:
        """Begin a run; words in its prompt choose how it goes (words.py)."""
        number = self.number()
        more.setdefault("created", self.clock())
        more.setdefault("failure", failure_in(prompt))
        more.setdefault("waits", waits_in(prompt))
        more.setdefault("seconds", 60.0 if "[slow]" in prompt or is_over_at_once(prompt) else self.run_seconds)
        more.setdefault("priced", "[cost]" in prompt)
        if is_over_at_once(prompt):
            more["created"] -= more["seconds"] + 2.0
        run = Run(number=number, run_id=f"{prefix}_{500_000_000_000_000_000 + number * 1000}", kind=kind,
                  request=request, prompt=prompt, **more)
        self.add(run)
        if run.session_id in self.sessions:
            self.sessions[run.session_id].runner = run
        return run

    def add(self, run: Run) -> None:
        with self._lock:
            self.runs[run.run_id] = self.numbered[run.number] = run
            insort(self._in_order, run, key=lambda held: (held.created, held.number))

    def cancel(self, run: Run) -> None:
        """End the run now, with all that it started, unless it is over."""
        if not run.is_over(self.clock()):
            run.canceled = self.clock()
            for below in run.below:
                self.cancel(below)

    def empty(self) -> None:
        """Forget every run, workflow, session and upload; ids go on from where they were."""
        for held in (self.runs, self.numbered, self._in_order, self.workflows, self.deleted, self.sessions,
                     self.uploads, self.codes, self.credentials, self.inputs, self.llms, self.defaults, self.folders,
                     self.templates, self.workflow_tags, self.tag_keys, self.tag_colours, self.schedules,
                     self.dispatched, self.scripts):
            held.clear()

    def newest_first(self) -> Iterator[Run]:
        return iter(self._in_order[::-1])

    def session_is_over(self, session: Session) -> bool:
        return session.closed is not None or self.clock() > session.created + session.timeout * 60


def random_key() -> str:
    """A key with the look of Skyvern's (three parts, base64), so that whatever scrubs keys meets one."""
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').rstrip(b"=").decode()
    claims = json.dumps({"sub": "sandbox", "exp": 4_900_000_000, "n": secrets.token_hex(4)}).encode()
    return f"{head}.{base64.urlsafe_b64encode(claims).rstrip(b'=').decode()}.{secrets.token_urlsafe(32)}"

