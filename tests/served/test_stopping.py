"""A server that stops lets short calls finish and tells its sockets first (X40)."""

from __future__ import annotations

import time
from pathlib import Path

import psutil
from flask import Flask

from ..sandbox_server import Sandbox
from ..support.server import running_server, wait_for
from .test_sockets import closing_code, first_picture, start


def test_viewers_are_told_and_short_calls_finish(connected: Flask, database_url: str, sandbox: Sandbox,
                                                 tmp_path: Path) -> None:
    with running_server(database_url, tmp_path) as server:
        ben = server.visitor("ben@example.com")
        socket = ben.socket(f"/runs/{start(ben)}/frames")
        first_picture(socket)
        begun = time.monotonic()
        server.terminate()
        assert closing_code(socket) == 1001
        assert time.monotonic() - begun < 2
        server.process.wait(10)
        assert time.monotonic() - begun < 8


def test_a_killed_worker_is_replaced(connected: Flask, database_url: str, tmp_path: Path) -> None:
    with running_server(database_url, tmp_path, workers=2) as server:
        ben = server.visitor("ben@example.com")
        victim = psutil.Process(server.process.pid).children()[0]
        victim.kill()
        victim.wait(5)
        wait_for(lambda: len(psutil.Process(server.process.pid).children()) == 2, 10, "a new worker")
        assert ben.get("/account").status_code == 200
