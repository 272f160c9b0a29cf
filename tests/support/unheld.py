"""What is sent to others while a connection of our own database's pool is held by whoever waits for the answer."""

from __future__ import annotations

import socket
import sys
import threading
import time
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from skyvern_ui.extensions import db


def sent_while_held(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """From now on, each piece that is sent by a thread that holds one, or for one that holds one and waits. The
    database's driver has sockets of its own. Another thread's short reading meanwhile is no holding."""
    found: list[str] = []
    holders: dict[int, int] = {}
    sendall = socket.socket.sendall
    with app.app_context():
        pool: Any = db.engine.pool
    event.listen(pool, "checkout", lambda _connection, record, _proxy: holders.update({id(record): _thread()}))
    event.listen(pool, "checkin", lambda _connection, record: holders.pop(id(record), None))

    def noted(self: socket.socket, data: bytes, *flags: int) -> None:
        until = time.monotonic() + 0.05
        while pool.checkedout() and holders:
            if any(each == _thread() or _waits(each) for each in list(holders.values())):
                found.append(f"{threading.current_thread().name}: {bytes(data[:80])!r}")
            elif time.monotonic() < until:
                time.sleep(0.002)
                continue
            break
        sendall(self, data, *flags)

    monkeypatch.setattr(socket.socket, "sendall", noted)
    return found


def _thread() -> int:
    return threading.get_ident()


def _waits(thread: int) -> bool:
    frame = sys._current_frames().get(thread)
    return (frame is not None and frame.f_code.co_filename.endswith("threading.py")
            and frame.f_code.co_name in ("wait", "join", "_wait_for_tstate_lock"))
