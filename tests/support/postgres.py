"""A private PostgreSQL cluster for the tests, in a temporary folder, on a free port of the loopback."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def binaries() -> Path | None:
    """Where initdb and pg_ctl are, the newest release first; None when PostgreSQL is not installed."""
    if found := shutil.which("initdb"):
        return Path(found).parent
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    return candidates[0].parent if candidates else None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Cluster:
    """A private cluster. PostgreSQL refuses to run as root: then it runs as its own user."""

    def __init__(self, folder: Path) -> None:
        where = binaries()
        assert where is not None, "PostgreSQL is not installed"
        self.where, self.folder, self.port, self.user = where, folder, free_port(), _user()
        if self.user:
            os.chown(folder, pwd.getpwnam(self.user).pw_uid, -1)
        self._run("initdb", "-A", "trust", "-U", "test", "-E", "UTF8", "--no-sync")

    @property
    def url(self) -> str:
        return f"postgresql://test@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = (f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder} "
                   "-c fsync=off -c synchronous_commit=off -c max_connections=200")
        self._run("pg_ctl", "-w", "-o", options, "-l", str(self.folder / "log"), "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-w", "-m", "fast", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.where / program), "-D", str(self.folder / "data"), *arguments]
        wrapped = ["runuser", "-u", self.user, "--", *command] if self.user else command
        subprocess.run(wrapped, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder)


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """A fresh cluster, started; stopped and removed at the end, also when a test has stopped it already."""
    folder = Path(tempfile.mkdtemp(prefix="skyvern-ui-pg-"))
    cluster = Cluster(folder)
    cluster.start()
    try:
        yield cluster
    finally:
        with suppress(subprocess.CalledProcessError):
            cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running_postgres() -> Iterator[str]:
    """The URL of a fresh cluster's maintenance database."""
    with running_cluster() as cluster:
        yield cluster.url


def _user() -> str | None:
    return "postgres" if os.geteuid() == 0 else None
