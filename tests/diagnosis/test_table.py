"""Each row of the tables of errors, by a recorded answer: cause, time to wait, evidence."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from skyvern_ui.diagnosis.diagnosis import Diagnosis, Layer, Reply, Retry, Who
from skyvern_ui.diagnosis.table import BY_CODE, RULES, is_guess, translate, translate_text

from .recorded import reply_of, rows

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def read(row: dict[str, Any]) -> Diagnosis | None:
    if "text" in row:
        return translate_text(row["text"], now=NOON)
    return translate(reply_of(row), now=NOON)


@pytest.mark.parametrize("row", rows())
def test_a_recorded_answer_is_understood(row: dict[str, Any]) -> None:
    found = read(row)
    assert (found.code if found else "") == row["code"]
    if found is None:
        return
    told = found.to_json()
    for name in ("retry", "retry_at"):
        assert name not in row or told[name] == row[name]
    for name in ("request_id", "upstream_code"):
        assert name not in row or told["evidence"][name] == row[name]
    excerpt = found.evidence.excerpt
    assert len(excerpt) <= 300 and "\n" not in excerpt and "<" not in excerpt
    assert row.get("hides", "?" * 9) not in str(told)


def test_every_rule_is_proven_by_a_recorded_answer() -> None:
    assert {param.values[0]["code"] for param in rows()} - {""} == set(BY_CODE)


def test_the_table_is_in_order() -> None:
    assert len(BY_CODE) == len(RULES)
    for rule in RULES:
        assert re.fullmatch(r"[a-z][a-z0-9_]+", rule.code)
        assert rule.title.endswith(".") and rule.explain.endswith((".", "?")) and rule.fix and rule.when
        assert rule.layer in get_args(Layer) and rule.retry in get_args(Retry) and rule.who in get_args(Who)
        assert len(rule.title) <= 100 and rule.explain.count(". ") <= 2


@pytest.mark.parametrize("reply", [
    Reply(200, b'{"object":"list","data":[]}', asked="models"),
    Reply(200, b'{"choices":[{"message":{"content":"ok"}}]}'),
    Reply(200, b'{"choices":[{"message":{"content":"It is red. I can view images."}}]}', asked="image"),
    Reply(200, b"Server is running.", asked="skyvern"), Reply(200, b"[]", asked="skyvern"),
    Reply(200, b'[{"failure_reason":"Error while using LLMProvider K"}]', asked="skyvern"), Reply(101, asked="socket"),
    Reply(101, b'{"workflow_run_id":"wr_0","status":"not_found"}', asked="socket", trouble="closed_1006"),
    Reply(204, b"", asked="skyvern"), Reply(200, b'{"choices":[],"note":"insufficient balance, 1113"}'),
])
def test_a_sound_answer_needs_no_words(reply: Reply) -> None:
    assert translate(reply) is None


def test_create_from_prompt_is_read_as_the_model() -> None:
    told = '{"detail":"Failed to create workflow. Error: Error while using LLMProvider K — AuthenticationError"}'
    found = translate(Reply(500, told.encode(), host="skyvern:8000", asked="skyvern"))
    assert found and found.code == "wrong_key" and found.evidence.status == 500


def test_only_words_that_guess_are_guesses() -> None:
    guess, sure = translate_text("all 3 attempts failed to generate actions"), translate_text("litellm.Timeout: x")
    assert guess and sure and is_guess(guess) and not is_guess(sure)


def test_what_was_sent_is_not_taken_for_what_is_said() -> None:
    body = b'{"detail":[{"loc":["body"],"msg":"Field required","input":{"prompt":"code 1113 insufficient balance"}}]}'
    found = translate(Reply(422, body))
    assert found and found.code == "not_understood" and "1113" not in str(found.to_json())


def test_a_time_that_makes_no_sense_is_not_told() -> None:
    for headers in ({"retry-after": "999999999"}, {"retry-after": "-1"}, {"retry-after": "soon"},
                    {"x-ratelimit-reset": "1e300"}, {"retry-after": "nan"}, {"retry-after-ms": "inf"},
                    {"x-ratelimit-reset-requests": "0000-99-99"}, {"retry-after": "Mon, 99 Foo 99999 99:99:99 GMT"}):
        found = translate(Reply(429, b"", headers), now=NOON)
        assert found and found.retry == "backoff" and found.retry_at is None
    printed = '{"error":{"code":"1308","message":"Your limit will reset at 2026-99-41 77:00:00"}}'
    found = translate(Reply(429, printed.encode()), now=NOON)
    assert found and found.code == "zhipu_window" and found.retry == "backoff"
