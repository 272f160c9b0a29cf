"""A provider of models on loopback that does what each call's own text says, so that many kinds of calls can be mixed.

The text of a call is its verb and a name: `say a1`, `fail a2`. What was delivered is remembered by name.

    say     a whole answer                      fail, busy, bad   500, 429, 400
    cut     hangs up before it answers          torn    hangs up in the middle of its answer
    hold    answers once `go_on` is set         slow    words, 50 ms apart (a stream)
    late    answers after a second
    empty   a stream without a word             break   a stream that is cut off after a word
    snap    cut off after four words, half a second apart
    fewer   one picture less than was asked     none    405, as a provider that makes no pictures
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .serving import serving

REFUSALS = {"fail": 500, "busy": 429, "bad": 400, "none": 405}
USAGE = {"prompt_tokens": 900, "completion_tokens": 100, "total_tokens": 1000}
KEY = "sk-provider-0123456789abcdef"


class Provider:
    """The running provider. `asked` and `done`: how often by name; done means that it worked: an answer, or a word of
    a stream, was given."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/v1"
        self.asked: Counter[str] = Counter()
        self.done: Counter[str] = Counter()
        self.go_on, self.lock = threading.Event(), threading.Lock()
        self.was_left = threading.Event()  # the other side has closed a connection that `hold` had answered
        self.first_fails: set[str] = set()  # names whose first call gets 500, whatever their verb is
        self.keys: set[str] = set()  # that were shown to it

    @property
    def settings(self) -> dict[str, str]:
        """What the product needs to know of it."""
        return {"LLM_UPSTREAM_URL": self.url, "LLM_UPSTREAM_KEY": KEY, "LLM_UPSTREAM_MODEL": "m"}

    def note(self, where: Counter[str], name: str) -> int:
        with self.lock:
            where[name] += 1
            return where[name]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        self.server.provider.keys.add(self.headers.get("authorization", "").removeprefix("Bearer "))
        self._whole(200, {"object": "list", "data": [{"id": "m", "object": "model", "created": 1, "owned_by": "us"}]})

    def do_POST(self) -> None:
        wish = json.loads(self.rfile.read(int(self.headers["content-length"])))
        verb, _, name = _text(wish).partition(" ")
        provider = self.server.provider
        provider.keys.add(self.headers.get("authorization", "").removeprefix("Bearer "))
        first = provider.note(provider.asked, name) == 1
        if verb in REFUSALS or (first and name in provider.first_fails):
            self._whole(REFUSALS.get(verb, 500), {"error": {"message": "No.", "code": "no"}})
        elif verb == "cut":
            self.close_connection = True
        elif verb == "torn":
            provider.note(provider.done, name)
            self.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 999\r\n\r\n{")
            self.close_connection = True
        elif wish.get("stream"):
            self._stream(wish, verb, name)
        else:
            if verb == "hold":
                provider.go_on.wait(60)
            if verb == "late":
                time.sleep(1)
            provider.note(provider.done, name)
            self._whole(200, _answer(self.path, wish, verb), closing=verb == "hold")
            if verb == "hold":
                with suppress(OSError):
                    self.connection.settimeout(20)
                    if not self.connection.recv(1):
                        provider.was_left.set()

    def _stream(self, wish: dict[str, Any], verb: str, name: str) -> None:
        provider = self.server.provider
        self.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        if verb == "empty":
            self._event([{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}])
            self.close_connection = True
            return
        provider.note(provider.done, name)
        for word in range(8 if verb in ("slow", "snap") else 3):
            self._event([{"index": 0, "delta": {"content": f"word {word} "}, "finish_reason": None}])
            if verb == "break" or (verb == "snap" and word == 3):
                self.close_connection = True
                return
            if verb == "hold":
                provider.go_on.wait(60)
            if verb in ("slow", "snap"):
                time.sleep(0.05 if verb == "slow" else 0.5)
        self._event([{"index": 0, "delta": {}, "finish_reason": "stop"}])
        if wish.get("stream_options", {}).get("include_usage"):
            self._event([], usage=USAGE)
        self._chunk(b"data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def _event(self, choices: list[Any], **more: Any) -> None:
        said = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices}
        self._chunk(b"data: " + json.dumps(said | more).encode() + b"\n\n")

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def _whole(self, status: int, body: Any, closing: bool = False) -> None:
        raw = json.dumps(body).encode()
        lines = [f"HTTP/1.1 {status} Said", "content-type: application/json", f"content-length: {len(raw)}",
                 *(["connection: close"] if closing else []), "", ""]
        self.wfile.write("\r\n".join(lines).encode() + raw)

    def handle(self) -> None:
        with suppress(ConnectionError):
            super().handle()

    def log_message(self, format: str, *args: object) -> None:
        pass


def _text(wish: dict[str, Any]) -> str:
    said = wish.get("prompt") or wish.get("input") or wish["messages"][-1]["content"]
    return str(said if isinstance(said, str) else said[0])


def _answer(path: str, wish: dict[str, Any], verb: str) -> dict[str, Any]:
    if path.endswith("/images/generations"):
        return {"created": 1, "data": [{"b64_json": "aGk="}] * (wish.get("n", 1) - (verb == "fewer"))}
    if path.endswith("/embeddings"):
        return {"object": "list", "model": "m", "data": [{"object": "embedding", "index": 0, "embedding": [0.5]}],
                "usage": {"prompt_tokens": 40, "total_tokens": 40}}
    return {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m", "usage": USAGE,
            "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hi"}}]}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.provider = Provider(self.server_address[1])


@contextmanager
def running_provider() -> Iterator[Provider]:
    """The provider for as long as the block lasts."""
    server = _Server()
    with serving(server):
        try:
            yield server.provider
        finally:
            server.provider.go_on.set()
