"""A private PostgreSQL cluster for the tests, in a temporary folder, on a free port of the loopback."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def running_postgres() -> Iterator[str]:
    """The URL of a fresh cluster's maintenance database. PostgreSQL refuses to run as root: then it runs as its
    own user."""
    where = binaries()
    assert where is not None, "PostgreSQL is not installed"
    folder = Path(tempfile.mkdtemp(prefix="skyvern-ui-pg-"))
    user = _user()
    if user:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    port = free_port()

    def run(*command: str) -> None:
        wrapped = ["runuser", "-u", user, "--", *command] if user else list(command)
        subprocess.run(wrapped, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)

    data = str(folder / "data")
    run(str(where / "initdb"), "-D", data, "-A", "trust", "-U", "test", "-E", "UTF8", "--no-sync")
    options = (f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off "
               "-c synchronous_commit=off -c max_connections=200")
    run(str(where / "pg_ctl"), "-D", data, "-w", "-o", options, "-l", str(folder / "log"), "start")
    try:
        yield f"postgresql://test@127.0.0.1:{port}/postgres"
    finally:
        run(str(where / "pg_ctl"), "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _user() -> str | None:
    return "postgres" if os.geteuid() == 0 else None
