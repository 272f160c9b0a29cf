"""For tests only (--test-hooks): what the sandbox saw, and faults that it then shows.

    GET  /__seen     [{"method", "target", "headers": [[name, value]], "length", "sha256"}]    DELETE empties it
    GET  /__world    the uploads: [{"file_id", "name", "size", "sha256"}]                     DELETE empties the world
    GET  /__inputs   what viewers did to pages: [{"socket", "target", "event"}]               DELETE empties it
    POST /__faults   {"path": "/v1/runs", "fault": "status", "count": 1, …}                    DELETE empties it
                     "method" limits it to requests of that method

Faults: status (status, body, headers), delay (seconds), hang (seconds), reset, truncate, garbage (200 with HTML),
echo_key (the key in the answer's body and in a header), lose (it is done, and its answer never arrives), late (it is
done at once, and answered after so many seconds).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import socket
import struct
import time
from collections.abc import Callable, Iterable
from typing import Any

from skyvern_ui.sandbox.world import World

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
LARGEST_DRAIN = 64 * 1024 * 1024  # bytes read and thrown away after an early answer


class Hooks:
    """Wraps the sandbox's WSGI app; without it there are no hooks."""

    def __init__(self, app: Wsgi, world: World) -> None:
        self.app, self.world = app, world
        self.seen: list[dict[str, Any]] = []
        self.faults: list[dict[str, Any]] = []

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/__seen":
            return self._list(environ, start, self.seen)
        if environ["PATH_INFO"] == "/__inputs":
            return self._list(environ, start, self.world.inputs)
        if environ["PATH_INFO"] == "/__world":
            if environ["REQUEST_METHOD"] == "DELETE":
                self.world.empty()
            return self._list(environ, start, self.world.uploads)
        if environ["PATH_INFO"] == "/__faults":
            if environ["REQUEST_METHOD"] == "POST":
                wish = json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
                self.faults += wish if isinstance(wish, list) else [wish]
            return self._list(environ, start, self.faults)
        entry = self.see(environ)
        body = environ["wsgi.input"] = _Counted(environ["wsgi.input"], entry)
        fault = self.take_fault(environ["PATH_INFO"], environ["REQUEST_METHOD"])
        if fault is not None:
            return self._show(fault, environ, start, body)
        return self.app(environ, start)

    def see(self, environ: dict[str, Any]) -> dict[str, Any]:
        entry = {"method": environ["REQUEST_METHOD"], "target": environ.get("sandbox.target", environ["PATH_INFO"]),
                 "headers": environ.get("sandbox.headers", []), "length": 0,
                 "sha256": hashlib.sha256().hexdigest()}
        self.seen.append(entry)
        return entry

    def take_fault(self, path: str, method: str) -> dict[str, Any] | None:
        for fault in self.faults:
            if path.startswith(fault.get("path", "/")) and fault.get("method", method) == method:
                fault["count"] = int(fault.get("count", 1)) - 1
                if fault["count"] <= 0:
                    self.faults.remove(fault)
                return fault
        return None

    def _show(self, fault: dict[str, Any], environ: dict[str, Any], start: Callable[..., Any],
              body: _Counted) -> Iterable[bytes]:
        kind = fault["fault"]
        if kind == "lose":
            b"".join(self.app(environ, lambda *_answer: lambda _part: None))
            reset(environ["sandbox.socket"])
            return []
        if kind == "late":
            answer = self.app(environ, start)
            time.sleep(float(fault.get("seconds", 1)))
            return answer
        if not fault.get("early") and kind != "delay":
            body.drain()
        if kind == "delay":
            time.sleep(float(fault.get("seconds", 1)))
            return self.app(environ, start)
        if kind == "hang":
            time.sleep(min(600.0, float(fault.get("seconds", 600))))
            return _answer(start, 504, b"{}", [("content-type", "application/json")])
        if kind == "reset":
            reset(environ["sandbox.socket"])
            return []
        if kind == "truncate":
            start("200 OK", [("content-type", "application/json"), ("content-length", "1000")])
            return _half(environ["sandbox.socket"])
        if kind == "garbage":
            page = b"<!doctype html><title>Proxy</title><p>It works"
            return _answer(start, 200, page, [("content-type", "text/html")])
        if kind == "echo_key":
            told = json.dumps({"detail": f"your key is {self.world.key}"}).encode()
            return _answer(start, int(fault.get("status", 200)), told,
                           [("content-type", "application/json"), ("x-echo", self.world.key)])
        said = fault.get("body", {"detail": "Sandbox - simulated fault"})
        raw = said.encode() if isinstance(said, str) else json.dumps(said).encode()
        headers = {"content-type": "application/json"} | fault.get("headers", {})
        return _answer(start, int(fault.get("status", 500)), raw, list(headers.items()))

    def _list(self, environ: dict[str, Any], start: Callable[..., Any], what: list[dict[str, Any]]) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "DELETE":
            what.clear()
        return _answer(start, 200, json.dumps(what).encode(), [("content-type", "application/json")])


class _Counted:
    """A request body that is counted and hashed as it is read."""

    def __init__(self, stream: Any, entry: dict[str, Any]) -> None:
        self._stream, self._entry, self._hash = stream, entry, hashlib.sha256()

    def read(self, *size: int) -> bytes:
        return self._note(self._stream.read(*size))

    def readline(self, *size: int) -> bytes:
        return self._note(self._stream.readline(*size))

    def drain(self) -> None:
        while self._entry["length"] < LARGEST_DRAIN and self.read(65536):
            pass

    def _note(self, data: bytes) -> bytes:
        self._hash.update(data)
        self._entry["length"] += len(data)
        self._entry["sha256"] = self._hash.hexdigest()
        return data


def reset(connection: socket.socket) -> None:
    """End the connection so that the other side sees a reset and not an orderly end."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        socket.socket(fileno=connection.detach()).close()  # its own close() waits for its readers


def _half(connection: socket.socket) -> Iterable[bytes]:
    yield b'{"half": "of '
    connection.shutdown(socket.SHUT_RDWR)


def _answer(start: Callable[..., Any], status: int, body: bytes, headers: list[tuple[str, str]]) -> Iterable[bytes]:
    start(f"{status} Simulated", [*headers, ("content-length", str(len(body)))])
    return [body]
