"""A service and the model behind the gateway, as tests have them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from werkzeug.test import TestResponse

from skyvern_ui.audit import CLI
from skyvern_ui.extensions import db
from skyvern_ui.models.charge import Charge
from skyvern_ui.services.credits.ledger_rules import CREDIT
from skyvern_ui.services.credits.price_rules import set_price
from tests.relay.fault_server import FaultServer, ok
from tests.support.key_holder import KeyHolder

CHAT, IMAGES = "/api/v1/llm/chat/completions", "/api/v1/llm/image/generations"
HELLO = {"model": "m", "messages": [{"role": "user", "content": "Hello"}]}
UPSTREAM_KEY = "sk-litellm-0123456789abcdef"
ANSWER = {"id": "chatcmpl-1", "model": "m", "choices": [{"message": {"role": "assistant", "content": "Hi"}}],
          "usage": {"prompt_tokens": 900, "completion_tokens": 100}}


class Model:
    """A model's server whose next answer is written in the test."""

    def __init__(self) -> None:
        self.answer: Callable[[Any], None] = lambda conn: conn.sendall(ok(json.dumps(ANSWER).encode(),
                                                                          "content-type: application/json"))
        self.server = FaultServer(self._serve)

    def _serve(self, conn: Any, _number: int) -> None:
        while self.server.request(conn):
            self.answer(conn)

    def says(self, status: str, body: Any, *headers: str) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        head = "\r\n".join([f"HTTP/1.1 {status}", f"content-length: {len(raw)}", "content-type: application/json",
                            *headers, "", ""])
        self.answer = lambda conn: conn.sendall(head.encode() + raw)

    @property
    def asked(self) -> list[bytes]:
        return self.server.requests


class Service(KeyHolder):
    def call(self, path: str = CHAT, body: Any = None, **headers: str) -> TestResponse:
        sent = {"Authorization": f"Bearer {self.key}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        return self.app.test_client().post(path, json=body or HELLO, headers=sent)

    def rows(self) -> list[Charge]:
        """The charges, oldest first."""
        with self.app.app_context():
            found = list(db.session.scalars(select(Charge).order_by(Charge.created_at)))
            db.session.expunge_all()
            db.session.remove()
            return found

    def set(self, **settings: Any) -> None:
        """Other settings from the next call on."""
        self.app.config["SETTINGS"] = replace(self.app.config["SETTINGS"], **settings)

    def charges(self) -> list[tuple[str, int | None, str | None]]:
        with self.app.app_context():
            rows = db.session.execute(select(Charge.state, Charge.actual, Charge.outcome).order_by(Charge.created_at))
            found = [tuple(row) for row in rows]
            db.session.remove()
            return found  # type: ignore[return-value]


def code_of(response: TestResponse) -> str:
    assert response.json is not None
    return str(response.json["error"]["code"])


def stream(conn: Any, *events: bytes) -> None:
    conn.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
    for event in events:
        conn.sendall(f"{len(event):x}\r\n".encode() + event + b"\r\n")


def event(**said: Any) -> bytes:
    return b"data: " + json.dumps(said).encode() + b"\n\n"


WORD = event(choices=[{"index": 0, "delta": {"content": "Hi"}}])
USED = event(choices=[], usage={"prompt_tokens": 1500, "completion_tokens": 500})
DONE = b"data: [DONE]\n\n"


def tokens_cost(service: Service) -> None:
    with service.app.app_context():
        set_price(CHAT, "", "1k_tokens", CREDIT, 5 * CREDIT, CLI)
        db.session.remove()
