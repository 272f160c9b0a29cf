"""The sandbox as a process of its own, on a port of its own, for tests."""

from __future__ import annotations

import json
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

READY_WITHIN = 30.0  # seconds


class Sandbox:
    """The running sandbox. `call` sends the key; the rest looks behind the scenes."""

    def __init__(self, url: str, key: str, pid: int) -> None:
        self.url, self.key, self.pid = url, key, pid
        self._session = requests.Session()
        self._session.trust_env = False

    def __repr__(self) -> str:
        return f"Sandbox({self.url})"

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        headers = {"x-api-key": self.key, **more.pop("headers", {})}
        more.setdefault("timeout", 10)
        return self._session.request(method, self.url + path, headers=headers, allow_redirects=False, **more)

    def requests(self, path: str = "/") -> list[dict[str, Any]]:
        """The requests it saw whose target begins with `path`, oldest first."""
        seen = self._session.get(f"{self.url}/__seen", timeout=10).json()
        return [entry for entry in seen if entry["target"].startswith(path)]

    def uploads(self) -> list[dict[str, Any]]:
        """The files it was sent: file_id, name, size in bytes, sha256."""
        return list(self._session.get(f"{self.url}/__world", timeout=10).json())

    def inputs(self) -> list[dict[str, Any]]:
        """What viewers did to its pages, in order: socket, target (a run or a session), event."""
        return list(self._session.get(f"{self.url}/__inputs", timeout=10).json())

    def forget_inputs(self) -> None:
        self._session.delete(f"{self.url}/__inputs", timeout=10).raise_for_status()

    def workflow(self, definition: dict[str, Any]) -> str:
        """The permanent id of a new workflow (skyvern_ui/sandbox/examples.py has some)."""
        return str(self.call("POST", "/v1/workflows", json={"json_definition": definition}).json()
                   ["workflow_permanent_id"])

    def run_workflow(self, wpid: str, **more: Any) -> str:
        """The id of a new run of it."""
        return str(self.call("POST", "/v1/run/workflows", json={"workflow_id": wpid, **more}).json()["run_id"])

    def forget_calls(self) -> None:
        """Forgets what was asked; runs, workflows and sessions stay."""
        self._session.delete(f"{self.url}/__seen", timeout=10).raise_for_status()

    def forget(self) -> None:
        """Back to the beginning: nothing seen, no faults, no runs, workflows or sessions."""
        self._session.delete(f"{self.url}/__world", timeout=10).raise_for_status()
        self.forget_calls()
        self.forget_faults()

    def fault(self, path: str, fault: str, *, count: int = 1, **more: Any) -> None:
        """The next `count` requests under `path` meet a fault (skyvern_ui/sandbox/hooks.py names them)."""
        wish = {"path": path, "fault": fault, "count": count, **more}
        self._session.post(f"{self.url}/__faults", json=wish, timeout=10).raise_for_status()

    def faults_to_come(self) -> int:
        """How many requests will still meet a fault."""
        wishes = self._session.get(f"{self.url}/__faults", timeout=10).json()
        return sum(int(wish["count"]) for wish in wishes)

    def forget_faults(self) -> None:
        self._session.delete(f"{self.url}/__faults", timeout=10).raise_for_status()


@contextmanager
def running_sandbox(*, key: str | None = None, run_seconds: float = 1.5, seeded: bool = False,
                    port: int = 0, runs: int = 0) -> Iterator[Sandbox]:
    """A sandbox with test hooks, empty unless `seeded`, with so many finished `runs` besides; a run's work takes
    `run_seconds`."""
    command = [sys.executable, "-m", "skyvern_ui.sandbox", "--port", str(port), "--test-hooks",
               "--run-seconds", str(run_seconds), "--runs", str(runs)]
    command += ([] if seeded else ["--empty"]) + (["--key", key] if key else [])
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    assert process.stdout is not None
    try:
        ready, _, _ = select.select([process.stdout], [], [], READY_WITHIN)
        line = process.stdout.readline() if ready else b""
        if not line:
            raise RuntimeError(f"the sandbox did not start within {READY_WITHIN:.0f} s")
        told = json.loads(line)
        yield Sandbox(told["url"], told["api_key"], process.pid)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
        process.stdout.close()
