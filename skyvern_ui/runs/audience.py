"""Those who watch in this process, each told who drives the browser they look at, and how many look with them."""

from __future__ import annotations

import json
import os
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from ..relay.frames import Note
from ..relay.viewport import Viewer
from .control_rules import Driver, driver_of

log = structlog.get_logger("audience")
LOOK_EVERY, AT_MOST_EVERY = 1.0, 0.2  # seconds


@dataclass(eq=False, slots=True)
class Member:
    """One open picture: of which run, of which browser, who looks, and what they were told last."""

    run_id: str
    key: str | None
    person_id: str
    viewer: Viewer
    is_by_vnc: bool = False
    told: str = ""


class Audience:
    """One question a second to the database for all who watch here, and none while nobody does.

    How many watch is only said where this process is the only one: another's viewers are not known here.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._members: set[Member] = set()
        self._lock = threading.Lock()
        self._watcher: threading.Thread | None = None
        self._news = threading.Event()
        self._pause = threading.Event()
        self._is_alone = os.environ.get("WEB_CONCURRENCY", "1") in ("", "1")

    @contextmanager
    def joined(self, member: Member) -> Iterator[None]:
        """While inside, the viewer is told who drives, within about a second of each change."""
        with self._lock:
            self._members.add(member)
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._watch, name="audience", daemon=True)
                self._watcher.start()
        self._news.set()
        try:
            yield
        finally:
            with self._lock:
                self._members.discard(member)

    def _watch(self) -> None:
        while True:
            self._news.wait(LOOK_EVERY)
            self._news.clear()
            with self._lock:
                members = list(self._members)
                if not members:
                    self._watcher = None
                    return
            try:
                self._tell(members)
            except Exception:  # a loop that must outlive any mistake: others wait to be told
                log.exception("not told who drives")
            self._pause.wait(AT_MOST_EVERY)

    def _tell(self, members: list[Member]) -> None:
        keys = {member.key for member in members if member.key}
        try:
            with self._app.app_context():
                drivers = driver_of(keys) if keys else {}
        except SQLAlchemyError:
            return
        crowd = Counter(member.run_id for member in members)
        for member in members:
            text = self._note(member, drivers.get(member.key or ""), crowd[member.run_id])
            if text != member.told:
                member.told = text
                member.viewer.put(Note(text))

    def _note(self, member: Member, driver: Driver | None, watching: int) -> str:
        note: dict[str, object] = {"driver": None, "asked": None, "is_drivable": member.key is not None,
                                   "is_by_vnc": member.is_by_vnc}
        if driver is not None:
            note["driver"] = {"name": driver.holder_name, "is_you": driver.holder_id == member.person_id,
                              "is_awaited": driver.is_awaited}
            if driver.asked_by_id:
                note["asked"] = {"name": driver.asked_by_name, "is_you": driver.asked_by_id == member.person_id}
        return json.dumps(note | ({"watching": watching} if self._is_alone else {}))


def audience_of(app: Flask) -> Audience:
    """The audience of this process."""
    return cast(Audience, app.extensions.setdefault("audience", Audience(app)))
