"""The product over the sandbox, with a run in every state."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.sandbox_server import Sandbox
from tests.support.databases import SqliteTemplate, prepare
from tests.support.people import PASSWORD
from tests.support.server import Server, wait_for

from .window import SIZES, Window

ALWAYS = 1_000_000


def prepared_database(folder: Path, sandbox: Sandbox) -> Path:
    """A database with Ada, Ben and Cleo, connected to the sandbox."""
    with SqliteTemplate(folder).fresh(folder) as url:
        prepare(url, folder, sandbox)
        return Path(url.removeprefix("sqlite:///"))


class House:
    """The server, the sandbox behind it, a browser, and who is signed in where."""

    def __init__(self, server: Server, sandbox: Sandbox, chromium: Any, database: Path) -> None:
        self.server, self.sandbox, self.chromium, self.database = server, sandbox, chromium, database
        self._contexts: dict[tuple[Any, ...], Any] = {}
        self._cookies: dict[str, list[dict[str, Any]]] = {}
        self._running: tuple[str, float] = ("", 0.0)
        self._strangers = 0
        self.runs = {"failed": self.start("Order a lamp that is sold out [fail]"),
                     "completed": self.start("Order the reading lamp"),
                     "paused": self.start("Ask before the lamp is paid [pause]"),
                     "canceled": self.start("Read every review of the lamp [slow]")}
        sandbox.call("POST", f"/v1/runs/{self.runs['canceled']}/cancel").raise_for_status()
        for state, run_id in self.runs.items():
            wait_for(lambda run_id=run_id, state=state: self.state(run_id) == state, 20, f"a {state} run")
        self.runs |= {"loops": self.seeded("Compare three lamps"), "asking": self.seeded("Ask before paying"),
                      "model": self.seeded("Collect the month's invoices"),
                      "earlier": self.seeded("Collect the month's invoices", 1),
                      "codes": self.seeded("Sign in and read the last order [totp]")}

    def start(self, prompt: str, **more: Any) -> str:
        body = {"prompt": prompt, "url": "https://shop.example/", **more}
        return str(self.sandbox.call("POST", "/v1/run/tasks", json=body).json()["run_id"])

    def seeded(self, title: str, place: int = 0) -> str:
        """A run the sandbox began with, the newest of this title first."""
        rows = self.sandbox.call("GET", "/v1/runs", params={"page_size": 100}).json()
        return [str(row["run_id"]) for row in rows if row.get("title") == title][place]

    def state(self, run_id: str) -> str:
        return str(self.sandbox.call("GET", f"/v1/runs/{run_id}").json()["status"])

    def running(self) -> str:
        """A run that goes on for half a minute at least."""
        run_id, since = self._running
        if not run_id or time.monotonic() - since > 30:
            run_id = self.start("Compare every lamp in the shop [slow]")
            self._running = (run_id, time.monotonic())
            wait_for(lambda: self.state(run_id) == "running", 20, "a running run")
        return run_id

    def fault(self, path: str, kind: str, **more: Any) -> None:
        self.sandbox.fault(path, kind, count=more.pop("count", ALWAYS), **more)

    def heal(self) -> None:
        """No faults any more, and what the doctor found of them is forgotten; runs and workflows stay."""
        self.sandbox.forget_faults()
        with closing(sqlite3.connect(self.database, timeout=10)) as base, base:
            base.execute("DELETE FROM checkup")

    def window(self, person: str | None = "ada", size: str = "desk", **more: Any) -> Window:
        """A new window of somebody who is signed in; those alike share a browser profile. A stranger's is new."""
        if person is None:
            self._strangers += 1
        key = (person or self._strangers, size, *sorted(more.items()))
        if key not in self._contexts:
            width, height = SIZES[size]
            phone = {"has_touch": True, "is_mobile": True} if size == "phone" else {}
            context = self.chromium.new_context(viewport={"width": width, "height": height},
                                                reduced_motion="reduce", **phone, **more)
            if person:
                context.add_cookies(self._cookies_of(person))
            self._contexts[key] = context
        return Window(self._contexts[key], self.server.url)

    def close(self) -> None:
        for context in self._contexts.values():
            context.close()

    def _cookies_of(self, person: str) -> list[dict[str, Any]]:
        if person not in self._cookies:
            with self.server.visitor() as visitor:
                visitor.sign_in(f"{person}@example.com", PASSWORD)
                self._cookies[person] = [{"name": c.name, "value": c.value or "", "url": self.server.url}
                                         for c in visitor.cookies]
        return self._cookies[person]
