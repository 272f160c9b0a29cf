"""Whatever bytes an upstream sends: no exception, no long thinking, no tag and no key in the evidence."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skyvern_ui.diagnosis.diagnosis import Reply
from skyvern_ui.diagnosis.table import translate, translate_text

ASKED = ["models", "chat", "image", "json", "embedding", "skyvern", "socket", "else"]
TROUBLES = ["", "refused", "name", "tls", "timeout", "reset", "redirect", "garbage", "not_seen", "closed_1006", "else"]
VALUES = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
                      lambda inner: st.lists(inner) | st.dictionaries(
                          st.sampled_from(["error", "code", "message", "detail", "type", "status", "msg"]) | st.text(),
                          inner), max_leaves=20)
K = 65_536
HOSTILE = [
    b"[" * K, b'{"a":' * 9000, b'{"error":' * 9000 + b"1", b"<" * K, b"<script" * 9000, b"<!--" * 16000, b"<a" * 30000,
    b"<title" * 9000, b'"' * K, b"model " * 10000, b"quota" * 13000, b"limit: 0" * 8000, b"9" * K, b"code: " * 10000,
    b"exceeded your current quota " * 2300, b"retry " * 10000, b"retry" + b" " * K, b"sk-" * 20000, b"sk-" + b"a" * K,
    b"https://" * 8000, b"https://" + b"a" * K, b"a:" * 30000 + b"@", b"\x00" * K, b"\xff" * K, b"eyJ" * 20000,
    b"did not match any variant" * 2600, b"NotFoundError" * 5000, "余额".encode() * 10000, b"://" + b"a" * K, b" " * K,
    json.dumps({"error": {"message": json.dumps({"error": json.dumps({"message": "x" * 20000})})}}).encode(),
    json.dumps({str(n): {str(m): "x" for m in range(30)} for n in range(100)}).encode(), b"1" * 5000, b'{"a":1e999999}',
]


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=400) | VALUES.map(lambda value: json.dumps(value).encode()), st.none() | st.integers(-9, 999),
       st.sampled_from(ASKED), st.sampled_from(TROUBLES), st.dictionaries(
           st.sampled_from(["retry-after", "Retry-After-Ms", "content-type", "x-ratelimit-reset", "x-request-id",
                            "x-litellm-model-api-base"]), st.text(max_size=40)))
def test_no_answer_breaks_the_table(body: bytes, status: int | None, asked: str, trouble: str,
                                    headers: dict[str, str]) -> None:
    found = translate(Reply(status, body, headers, "[::1", trouble, asked))
    if found is not None:
        json.dumps(found.to_json())
        assert len(found.evidence.excerpt) <= 300 and "\n" not in found.evidence.excerpt
        assert "<" not in found.evidence.excerpt and (found.retry == "at") == (found.retry_at is not None)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_no_reason_breaks_the_table(text: str) -> None:
    for said in (text, "LLMProvider " + text, "litellm." + text):
        translate_text(said)


@pytest.mark.parametrize("body", HOSTILE, ids=lambda body: repr(body[:12]))
def test_a_hostile_body_costs_little(body: bytes) -> None:
    begun = time.process_time()
    for asked in ("chat", "skyvern"):
        found = translate(Reply(400, body, asked=asked))
        assert found is not None and len(found.evidence.excerpt) <= 300
    translate_text("LLMProvider " + body.decode("utf-8", "replace"))
    assert time.process_time() - begun < 1.5


@pytest.mark.parametrize("key", [
    "sk-proj-abcdefghijklmnopqrstu", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJvXzEifQ.c2lnbmF0dXJl",
    "AIzaSyA1234567890abcdefghijklmnopqrstuv", "0123456789abcdef0123456789abcdef.AbCdEfGhIjKlMnOp"])
def test_a_key_that_is_sent_back_stays_out(key: str) -> None:
    for body in (json.dumps({"error": {"message": f"Incorrect API key provided: {key}.", "code": "x"}}),
                 f"<html><title>Bearer {key}</title></html>", f"rejected {key}",
                 json.dumps({"detail": f"Bearer {key}"})):
        found = translate(Reply(401, body.encode()))
        assert found and key not in str(found.to_json())
