"""Whatever answers in the place of Skyvern, of the model and of ourselves: no check breaks, and what is told holds no
piece of a secret and nothing that a page, a terminal or a database cannot take."""

from __future__ import annotations

import json
import random
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from skyvern_ui.doctor.checks import CHECKS
from skyvern_ui.doctor.examination import examine
from skyvern_ui.doctor.finding import Finding
from skyvern_ui.doctor.history.rules import latest_findings, remember
from skyvern_ui.doctor.patient import scrub_for
from skyvern_ui.doctor.scrub import PIECE
from skyvern_ui.llm.upstream import Upstream

from .fake_skyvern import HEARTBEAT, Answer, FakeSkyvern, answer, make_key
from .fronts import patient, public_app

KEY, MODEL_KEY = make_key(), "PLAINMODELKEY0123456789abcdefghij"
SILENT = ("timeouts-silence", "timeouts-buffering", "timeouts-size")  # long, and of ourselves only
ECHO = f"Wrong key {MODEL_KEY} or {KEY}: " + "x " * 110 + MODEL_KEY + KEY
BROKEN = "a\u0000\ud800\x1b[2J"


def raw(data: bytes) -> Answer:
    """These bytes, then the end."""
    def send(conn: socket.socket, _request: bytes) -> None:
        conn.sendall(data)
        conn.shutdown(socket.SHUT_WR)
    return send


HOSTILE: dict[str, Answer] = {
    "page": answer(200, "<!doctype html><title>" + "a" * 60_000, "text/html"),
    "null": answer(200, "null"), "list": answer(200, "[null, [[]], {}]"), "number": answer(500, "1" * 5000),
    "details": answer(422, '{"detail": [1, {"msg": {}}], "error": {"message": 7}}'),
    "deep": answer(200, "[" * 50_000), "deep-objects": answer(404, '{"a":' * 50_000),
    "huge": answer(500, json.dumps({"detail": "d" * 10_000_000})),
    "no-text": answer(200, json.dumps({"organizations": [{"organization_id": BROKEN, "organization_name": BROKEN}],
                                       "warnings": [BROKEN], "version": BROKEN, "data": [{"id": BROKEN}]})),
    "no-text-refused": answer(403, json.dumps({"detail": BROKEN * 20, "error": {"message": BROKEN, "code": BROKEN}})),
    "echo": answer(401, json.dumps({"detail": ECHO, "error": {"message": ECHO}})),
    "echo-plain": answer(500, ECHO, "text/plain", f"x-request-id: {KEY}", f"server: {MODEL_KEY}", f"via: {MODEL_KEY}"),
    "echo-page": answer(200, f"<html><title>{ECHO}</title>{' ' * 3950}{KEY}", "text/html", f"server: {KEY[50:]}"),
    "status": raw(b"HTTP/1.1 000 No\r\n\r\n"), "zeroes": raw(b"\0" * 3000),
    "heads": raw(b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 20_000),
    "nowhere": raw(b"HTTP/1.1 302 Go\r\nlocation: //[\r\ncontent-length: 0\r\n\r\n"),
    "away": raw(f"HTTP/1.1 302 Go\r\nlocation: http://169.254.169.254/?k={KEY}\r\ncontent-length: 0\r\n\r\n".encode()),
    "latin": raw(b"HTTP/1.1 200 OK\r\ncontent-type: \xff\r\ncontent-length: 2\r\n"
                 b"date: Wed, 99 Zzz 99999 9:9:9\r\n\r\n\xff\xfe"),
}
WORDS = ("organizations", "warnings", "browser_streaming_mode", "version", "info", "paths", "data", "models", "choices",
         "custom_llms", "config", "status", "issues", "missing_env_vars", "default_llm_key", "status_code", "error",
         "response_body", "detail", "organization_id", "schemas", "id", "message", "artifact_type", "artifact_id",
         "run_id", "uri", "signed_url", "file_size", "finish_reason", "content", "default_secondary_llm_key")
VALUES = (None, True, 3, -1, 1e308, "", BROKEN, "file://[", "http://[::1", [], [None], [[]], {}, {"a": {}}, "x" * 9000)


@pytest.fixture
def served(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    with public_app(database_url, tmp_path) as app:
        yield app


def told(app: Flask, fake: FakeSkyvern) -> list[Finding]:
    """What every check says, none spared because another failed."""
    known = tuple(Upstream(name, "The model", fake.url + path, MODEL_KEY, "m", "here")
                  for name, path in (("gateway", "/v1"), ("env", "")))
    whole = replace(patient(app, fake.url, KEY, thorough=True), upstreams=known)
    checks = [replace(each, needs=()) for each in CHECKS if each.name not in SILENT]
    return list(examine(whole, checks, scrub_for(whole)))


def assert_harmless(app: Flask, found: list[Finding]) -> None:
    assert not [each for each in found if each.code == "check_broke"]
    shown = json.dumps([each.to_json() for each in found], ensure_ascii=False)
    texts = [text for each in found for text in (each.title, each.explain, *each.fix, *sum(each.evidence, ()))]
    assert not [text for text in texts if not text.isprintable()]
    pieces = [secret[at:at + PIECE] for secret in (KEY, MODEL_KEY) for at in range(len(secret) - PIECE + 1)]
    assert not [each for each in pieces if each in shown]
    with app.app_context():
        remember(found)
        assert latest_findings()


@pytest.mark.parametrize("alive", [False, True], ids=["dead", "alive"])
@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_that_answers_breaks_a_check(served: Flask, name: str, alive: bool) -> None:
    with FakeSkyvern(KEY) as fake:
        fake.every(HOSTILE[name])
        fake.paths = {"/api/v1/heartbeat": HEARTBEAT} if alive else {}
        assert_harmless(served, told(served, fake))


@pytest.mark.parametrize("seed", range(4))
def test_no_field_of_a_wrong_type_breaks_a_check(served: Flask, seed: int) -> None:
    chance = random.Random(seed)

    def value(depth: int = 0) -> Any:
        kind = chance.random()
        if depth > 3 or kind < 0.45:
            return chance.choice(VALUES)
        if kind < 0.8:
            return {word: value(depth + 1) for word in chance.sample(WORDS, 10)}
        return [value(depth + 1) for _ in range(chance.randint(0, 3))]

    def serve(path: str, _request: bytes) -> Answer:
        return answer(chance.choice((200, 200, 404, 422, 500)), json.dumps(value()))

    with FakeSkyvern(KEY) as fake:
        fake._reply = with_life(serve)  # type: ignore[method-assign]
        assert_harmless(served, told(served, fake))


def with_life(serve: Callable[[str, bytes], Answer]) -> Callable[[str, bytes], Answer]:
    return lambda path, request: HEARTBEAT if path.startswith("/api/v1/heartbeat") else serve(path, request)
