"""A scripted OpenAI-compatible model whose mood can be changed while it runs.

    python -m tests.real.model --port 0
    PUT /__mode {"mode": "quota"}
    PUT /__mode {"mode": "work", "steps": 3}      three harmless steps first, of about five seconds each
    PUT /__mode {"mode": "work", "steps": 2, "reasons": ["…", "…"], "output": {"price": 48}}

In `ok` it answers short questions (the colour of a picture, JSON, one token) truthfully; in `blind` it never looks, in
`text_only` it refuses pictures as some providers do, and in `echo_key` its refusal holds the key it was sent.
"""

from __future__ import annotations

import argparse
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

from tests.real.probes import answer
from tests.real.script import REFUSALS, TEXT_ONLY, complete, echo, loopback_url, still_working
from tests.real.sight import pictures
from tests.support.serving import serving

MODES = ("ok", "work", *REFUSALS, "text_only", "blind", "echo_key", "slow", "hang", "garbage")
MODEL_NAME = "glm46v"


class ScriptedModel:
    """The running model: `url` is the API base to give a client, ending in /v1."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.root = url.removesuffix("/v1")

    def set_mode(self, mode: str, **options: Any) -> None:
        requests.put(f"{self.root}/__mode", json={"mode": mode, **options}, timeout=5).raise_for_status()

    def calls(self) -> int:
        return int(requests.get(f"{self.root}/__mode", timeout=5).json()["calls"])


class _State:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.released = threading.Event()
        self.mode, self.steps, self.delay, self.calls = "ok", 3, 8.0, 0
        self.reasons: list[str] = []
        self.output: dict[str, Any] | None = None

    def change(self, wish: dict[str, Any]) -> bool:
        if wish.get("mode") not in MODES:
            return False
        with self.lock:
            self.mode = wish["mode"]
            self.steps, self.delay = int(wish.get("steps", 3)), float(wish.get("delay", 8.0))
            self.reasons, self.output = list(wish.get("reasons") or ()), wish.get("output")
            self.released.set()  # whoever hangs is let go
            self.released = threading.Event()
        return True

    def turn(self) -> tuple[str, bool, float, threading.Event]:
        """One call: the mode, whether a `work` step is still owed, the delay, and what ends a wait."""
        with self.lock:
            self.calls += 1
            owed = self.mode == "work" and self.steps > 0
            return self.mode, owed, self.delay, self.released

    def pay_a_step(self) -> dict[str, Any]:
        """One step less is owed; what the model says to it."""
        with self.lock:
            self.steps = max(0, self.steps - 1)
            return still_working(self.reasons.pop(0)) if self.reasons else still_working()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        if self.path == "/v1/models":
            self._answer(200, {"object": "list", "data": [{"id": MODEL_NAME, "object": "model"}]})
        elif self.path == "/__mode":
            state = self.server.state
            self._answer(200, {"mode": state.mode, "steps": state.steps, "calls": state.calls})
        else:
            self._answer(404, {"error": {"message": "Not found"}})

    def do_PUT(self) -> None:
        wish = self._body()
        if self.path == "/__mode" and self.server.state.change(wish):
            self._answer(200, {"mode": wish["mode"]})
        else:
            self._answer(422, {"error": {"message": f"mode must be one of {', '.join(MODES)}"}})

    def do_POST(self) -> None:
        wish = self._body()
        if self.path != "/v1/chat/completions":
            self._answer(404, {"error": {"message": "Not found"}})
            return
        state = self.server.state
        mode, owed, delay, released = state.turn()
        if mode in REFUSALS:
            self._answer(*REFUSALS[mode])
            return
        if mode == "echo_key":
            self._answer(*echo(self.headers.get("authorization", "")))
            return
        if mode == "text_only" and pictures(wish.get("messages")):
            self._answer(*TEXT_ONLY)
            return
        if mode == "hang":
            released.wait(600)
        if mode == "slow":
            released.wait(delay)
        if mode == "garbage":
            self._say("The cat sat on the keyboard and no braces came out.")
            return
        short = answer(wish, sees=mode != "blind")
        if short is not None:
            self._say(short)
            return
        asks_for_actions = "action_type" in json.dumps(wish.get("messages", ""))
        if owed:  # also when it is asked whether the goal is reached: not yet
            self._say(json.dumps(state.pay_a_step() if asks_for_actions else still_working()))
        else:
            self._say(json.dumps(complete(state.output, "" if asks_for_actions else loopback_url(wish))))

    def _body(self) -> dict[str, Any]:
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        try:
            read = json.loads(raw)
        except ValueError:
            return {}
        return read if isinstance(read, dict) else {}

    def _say(self, content: str) -> None:
        self._answer(200, {
            "id": "chatcmpl-scripted", "object": "chat.completion", "created": 1, "model": MODEL_NAME,
            "choices": [{"index": 0, "finish_reason": "stop",
                         "message": {"role": "assistant", "content": content}}],
            "usage": {"prompt_tokens": 1200, "completion_tokens": 80, "total_tokens": 1280},
        })

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        raw = json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json; charset=utf-8")
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:
            pass  # the caller gave up waiting, which is what `hang` is for

    def log_message(self, format: str, *args: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int) -> None:
        self.state = _State()
        super().__init__(("127.0.0.1", port), _Handler)


@contextmanager
def running_model(port: int = 0) -> Iterator[ScriptedModel]:
    """A scripted model on loopback for as long as the block lasts; it starts in mode `ok`."""
    server = _Server(port)
    with serving(server):
        try:
            yield ScriptedModel(f"http://127.0.0.1:{server.server_address[1]}/v1")
        finally:
            server.state.released.set()


def main() -> None:
    parser = argparse.ArgumentParser(description="A scripted OpenAI-compatible model on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=0)
    server = _Server(parser.parse_args().port)
    print(json.dumps({"url": f"http://127.0.0.1:{server.server_address[1]}/v1"}), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
