"""A Skyvern, or what stands in its place, as bytes: each path answers what the test says."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import time
from collections.abc import Callable
from typing import Any

from ..relay.fault_server import FaultServer, ok

Answer = bytes | Callable[[socket.socket, bytes], None]
SECRET = b"PLACEHOLDER"
ORGANIZATION = {"organization_id": "o_599461611300672620", "organization_name": "Skyvern-local"}


def make_key(secret: bytes = SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    """A key as Skyvern makes it: sub and exp, signed with HS256."""
    parts = [_part({"alg": algorithm, "typ": "JWT"}),
             _part({"exp": 4_940_216_232, "sub": ORGANIZATION["organization_id"], **claims})]
    signed = ".".join(parts).encode()
    return ".".join([*parts, _coded(hmac.new(secret, signed, hashlib.sha256).digest())])


def answer(status: int, body: bytes | str | dict[str, Any] | list[Any], kind: str = "application/json",
           *headers: str) -> bytes:
    """An answer with a length; a dict or list as JSON."""
    content = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
    lines = [f"HTTP/1.1 {status} X", f"content-length: {len(content)}", "server: uvicorn",
             *([f"content-type: {kind}"] if kind else []), *headers, "", ""]
    return "\r\n".join(lines).encode() + content


def detail(status: int, words: str) -> bytes:
    return answer(status, {"detail": words})


def page(title: str = "Welcome") -> bytes:
    return answer(200, f"<!doctype html><html><title>{title}</title><p>Hello", "text/html; charset=utf-8")


NOT_FOUND = detail(404, "Not Found")
NO_KEY = detail(403, "Invalid credentials")
NONSENSE = detail(403, "Could not validate credentials")
HEARTBEAT = ok(b"Server is running.", "x-skyvern-api-version: development")


class FakeSkyvern(FaultServer):
    """Answers each request by its path, the longest that fits; a change of `paths` holds at once.

    `keys` are those that it accepts on its routes, mapped to nothing else than themselves; what it says to others is in
    `refusals`, by key, else what the real one says to nonsense."""

    def __init__(self, *keys: str) -> None:
        super().__init__(self._serve)
        self.keys = set(keys)
        self.refusals: dict[str, bytes] = {}
        self.default: Answer = NOT_FOUND
        self.paths: dict[str, Answer] = {
            "/api/v1/heartbeat": HEARTBEAT, "/openapi.json": answer(200, {"info": {"title": "Skyvern API"}, "paths": {
                "/v1/browser_types": {"get": {}}, "/v1/runs": {"get": {}}}}),
            "/api/v1/version": answer(200, {"version": "1.0.56"}), "/v1/version": answer(200, {"version": "1.0.56"}),
            "/api/v1/config/runtime": answer(200, {"browser_streaming_mode": "cdp", "environment": "local",
                                                   "warnings": []}),
            "/api/v1/organizations": answer(200, {"organizations": [ORGANIZATION]}),
            "/v1/workflows": answer(200, []), "/v1/runs": answer(200, []), "/api/v2/tasks": answer(200, {}),
        }
        self.keyed = ("/api/v1/organizations", "/v1/workflows", "/v1/runs", "/api/v2/tasks", "/v1/artifacts",
                      "/v1/internal/test-webhook")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def every(self, reply: Answer) -> None:
        """Answers everything alike."""
        self.paths, self.default, self.keyed = {}, reply, ()

    def seen(self, path: str) -> list[bytes]:
        return [each for each in self.requests if each.split(b" ")[1].startswith(path.encode())]

    def _serve(self, conn: socket.socket, _number: int) -> None:
        while request := self.request(conn):
            path = request.split(b" ")[1].decode()
            reply = self._reply(path, request)
            if callable(reply):
                reply(conn, request)
                return
            conn.sendall(reply)
            if b"connection: close" in request.lower():
                return

    def _reply(self, path: str, request: bytes) -> Answer:
        if path.startswith(self.keyed or ("\0",)):
            key = _key_in(request)
            if key not in self.keys:
                return NO_KEY if key is None else self.refusals.get(key, NONSENSE)
        fitting = [each for each in self.paths if path.startswith(each)]
        return self.paths[max(fitting, key=len)] if fitting else self.default


def hang(conn: socket.socket, _request: bytes) -> None:
    """Says nothing until the other side gives up."""
    while conn.recv(65536):
        pass


def drip(conn: socket.socket, _request: bytes) -> None:
    """A body that comes byte by byte and never ends."""
    conn.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
    while True:
        conn.sendall(b"S")
        time.sleep(0.02)


def _key_in(request: bytes) -> str | None:
    for line in request.split(b"\r\n\r\n")[0].split(b"\r\n")[1:]:
        name, _, value = line.partition(b": ")
        if name.lower() == b"x-api-key":
            return value.decode("latin-1") or None
    return None


def _part(claims: dict[str, Any]) -> str:
    return _coded(json.dumps(claims).encode())


def _coded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
