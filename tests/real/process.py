"""A real server of others: an environment of its own from PyPI, one process with all that it starts, ready or not."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
import venv
from pathlib import Path

import psutil
import requests

READY_WITHIN = 180.0  # seconds until it must answer
STOP_WITHIN = 15.0  # seconds between asking and ending it by force
INSTALL_WITHIN = 1800.0


class NotReady(RuntimeError):
    """The server did not come up; the message holds the last lines of its log."""


class RealProcess:
    """The server: `start` and `stop` as often as you like, always at the same address, with its data kept."""

    def __init__(self, directory: Path, command: list[str], environment: dict[str, str], log_file: Path,
                 answers: str) -> None:
        self.log_file = log_file
        self._directory, self._command, self._environment = directory, command, environment
        self._answers = answers
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None, "it is not started"
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it answers. Raises NotReady after READY_WITHIN seconds."""
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(self._command, cwd=self._directory, stdin=subprocess.DEVNULL, stdout=log,
                                             stderr=subprocess.STDOUT, start_new_session=True, env=self._environment)
        self._wait(self._process)

    def stop(self) -> None:
        """End it and what it started; nothing to do when it is not running."""
        if self._process is not None:
            end_tree(self._process)
            self._process = None

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + READY_WITHIN
        with requests.Session() as session:
            session.trust_env = False
            while time.monotonic() < deadline and process.poll() is None:
                with contextlib.suppress(requests.RequestException):
                    if session.get(self._answers, timeout=2).status_code == 200:
                        return
                time.sleep(0.25)
        tail = "\n".join(self.log_file.read_text(errors="replace").splitlines()[-15:])
        raise NotReady(f"{self._answers} did not answer within {READY_WITHIN:.0f} s:\n{tail}")


def folder_of(name: str) -> Path:
    """Where the environment of a server is kept between runs, outside every checkout."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "skyvern-ui" / name


def is_installed(folder: Path) -> bool:
    return (folder / "installed").exists()


def install_into(folder: Path, *wanted: str) -> None:
    """Builds the environment when it is absent. Minutes, and up to 1.6 GB."""
    if is_installed(folder):
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    venv.create(folder, with_pip=True, clear=True)
    subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "--quiet", *wanted],
                   check=True, timeout=INSTALL_WITHIN)
    (folder / "installed").touch()


def kept(*more: str) -> dict[str, str]:
    """What a server may know of our own environment."""
    return {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR", *more) if name in os.environ}


def end_tree(process: subprocess.Popen[bytes]) -> None:
    """End the server and what it started; its browsers sit in process groups of their own."""
    started: list[psutil.Process] = []
    with contextlib.suppress(psutil.Error):
        started = psutil.Process(process.pid).children(recursive=True)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(STOP_WITHIN)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    for child in started:
        with contextlib.suppress(psutil.Error):  # psutil compares start times: a reused id is not ended
            child.kill()
    process.wait(STOP_WITHIN)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
