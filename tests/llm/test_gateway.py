"""The gateway: never charged for what did not happen, never free for what did, never twice."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from skyvern_ui.audit import CLI
from skyvern_ui.services.credits.ledger_rules import CREDIT, grant
from skyvern_ui.services.keys.rules import Rights, create_key, revoke_key
from skyvern_ui.services.rules import set_status

from .gateway import ANSWER, CHAT, HELLO, IMAGES, UPSTREAM_KEY, Model, Service, code_of, tokens_cost


def test_a_call_is_answered_and_charged_once(service: Service, model: Model) -> None:
    answer = service.call()
    assert answer.status_code == 200 and answer.json == ANSWER
    assert answer.headers["X-Credits-Charged"] == "1" and answer.headers["X-Credits-Remaining"] == "9"
    assert service.pool() == (9 * CREDIT, 0) and service.charges() == [("settled", CREDIT, "done")]
    (sent,) = model.asked
    assert f"authorization: Bearer {UPSTREAM_KEY}".encode() in sent and service.key.encode() not in sent
    assert json.loads(sent.partition(b"\r\n\r\n")[2]) == HELLO


@pytest.mark.parametrize(("headers", "status", "code"), [
    ({"Authorization": ""}, 401, "key_missing"), ({"Authorization": "Basic abc"}, 401, "key_missing"),
    ({"Authorization": "Bearer nobody-knows-this-key"}, 401, "key_unknown"),
    ({"Authorization": "Bearer skui_live_x"}, 401, "key_mistyped"),
    ({"X_Api_Key": "another-key-than-the-bearer"}, 400, "key_ambiguous")])
def test_a_wrong_key_reaches_no_model(service: Service, model: Model, headers: dict[str, str], status: int,
                                      code: str) -> None:
    answer = service.call(**headers)
    assert (answer.status_code, code_of(answer)) == (status, code)
    assert not model.asked and service.charges() == []


def test_a_revoked_key_and_a_suspended_service_open_nothing(service: Service, model: Model) -> None:
    with service.app.app_context():
        set_status(service.org_id, "suspended", CLI)
    assert code_of(service.call()) == "service_suspended"
    with service.app.app_context():
        set_status(service.org_id, "active", CLI)
        revoke_key(service.key_id, CLI)
    assert code_of(service.call()) == "key_revoked" and not model.asked


def test_an_empty_pool_is_402_and_says_not_to_try_again(service: Service, model: Model) -> None:
    for _ in range(10):
        assert service.call().status_code == 200
    answer = service.call()
    assert (answer.status_code, code_of(answer)) == (402, "insufficient_credits")
    assert answer.headers["x-should-retry"] == "false" and "Retry-After" not in answer.headers
    assert answer.json is not None and answer.json["error"]["limit_source"] == "org_pool"
    assert len(model.asked) == 10 and service.pool() == (0, 0)


def test_images_are_paid_as_they_come(service: Service, model: Model) -> None:
    model.says("200 OK", {"data": [{"b64_json": "aGk="}, {"b64_json": "aGk="}]})
    answer = service.call(IMAGES.replace("image/", "images/"), {"prompt": "A calm sea", "n": 3})
    assert answer.status_code == 200 and service.pool() == (6 * CREDIT, 0)


def test_an_answer_with_our_key_is_withheld_and_paid(service: Service, model: Model) -> None:
    model.says("200 OK", {"choices": [], "debug": UPSTREAM_KEY})
    answer = service.call()
    assert code_of(answer) == "upstream_leak" and UPSTREAM_KEY.encode() not in answer.data
    assert service.pool() == (9 * CREDIT, 0)


def test_a_usage_that_lies_high_costs_no_more_than_was_held(service: Service, model: Model) -> None:
    tokens_cost(service)
    model.says("200 OK", {**ANSWER, "usage": {"prompt_tokens": 10**8, "completion_tokens": 0}})
    service.call()
    assert service.pool() == (5 * CREDIT, 0)


def test_a_usage_that_cannot_be_believed_costs_what_was_held(service: Service, model: Model) -> None:
    tokens_cost(service)
    lies: list[Any] = [None, {"prompt_tokens": -5}, {"prompt_tokens": "x"}, {"prompt_tokens": 10**30}, "many", [7],
                       {"prompt_tokens": 0, "completion_tokens": 0}]
    with service.app.app_context():
        grant(service.org_id, 100 * CREDIT, CLI, "More")
    for count, usage in enumerate(lies, 1):
        model.says("200 OK", {**ANSWER, "usage": usage})
        assert service.call().status_code == 200
        assert service.pool() == ((110 - 5 * count) * CREDIT, 0), usage


def test_a_route_without_a_price_is_closed(service: Service, model: Model) -> None:
    answer = service.call("/api/v1/llm/embeddings", {"model": "m", "input": "x"})
    assert (answer.status_code, code_of(answer)) == (403, "not_priced") and not model.asked


def test_a_call_is_attributed(service: Service, model: Model) -> None:
    answer = service.call(User_Agent="OpenAI/Python 3.52 \x9f" + "x" * 500, X_Stainless_Retry_Count="2")
    (charge,) = service.rows()
    said = charge.details
    assert said["request_id"] == answer.headers["X-Request-Id"] and said["ip"] == "127.0.0.1"
    assert said["agent"].startswith("OpenAI/Python 3.52 \ufffd") and len(said["agent"]) == 200
    assert (said["sdk_retry"], said["stream"], said["upstream_status"]) == (2, False, 200)
    assert (said["tokens_in"], said["tokens_out"], said["upstream_id"]) == (900, 100, "chatcmpl-1")
    assert charge.key_id == service.key_id and charge.org_id == service.org_id


def test_every_answer_tells_the_pace_of_the_key(service: Service, model: Model) -> None:
    with service.app.app_context():
        _, key = create_key(service.org_id, "slow", Rights(("llm:*",), per_minute=3), CLI)
    slow = replace(service, key=key)
    answers = [slow.call(), slow.call(body={"model": "m"}), slow.call(), slow.call()]
    assert [each.status_code for each in answers] == [200, 400, 200, 429]
    assert [each.headers["X-RateLimit-Remaining"] for each in answers] == ["2", "1", "0", "0"]
    assert all(each.headers["RateLimit-Policy"] == '"rpm";q=3;w=60' for each in answers)
    assert int(answers[-1].headers["Retry-After"]) > 0 and len(model.asked) == 2


def test_whatever_goes_wrong_is_told_in_openais_shape(service: Service) -> None:
    client = service.app.test_client()
    for method, path, status in (("GET", CHAT, 405), ("POST", "/api/v1/llm/key/generate", 404),
                                 ("GET", "/api/v1/llm/openapi.json", 404)):
        answer = client.open(path, method=method, headers={"Authorization": f"Bearer {service.key}"})
        assert answer.status_code == status and answer.json is not None
        assert answer.json["error"]["message"] and answer.json["error"]["request_id"]
    forged = client.post(CHAT, json=HELLO, headers={"Origin": "https://evil.example.com"})
    assert (forged.status_code, code_of(forged)) == (403, "cross_origin")


def test_too_much_is_refused_before_it_is_read(service: Service, model: Model) -> None:
    answer = service.app.test_client().post(
        CHAT, content_type="application/json", headers={"Authorization": f"Bearer {service.key}"},
        environ_overrides={"CONTENT_LENGTH": str(50 * 1024 * 1024)})
    assert (answer.status_code, code_of(answer)) == (413, "too_large")
    text = service.call(Content_Type="text/plain")
    assert (text.status_code, code_of(text)) == (415, "unsupported_media_type") and not model.asked


def test_a_body_that_does_not_come_whole_is_refused_and_free(service: Service, model: Model) -> None:
    answer = service.app.test_client().post(
        CHAT, data=b'{"model":"m"', content_type="application/json", headers={"Authorization": f"Bearer {service.key}"},
        environ_overrides={"CONTENT_LENGTH": "9000"})
    assert (answer.status_code, code_of(answer)) == (408, "client_too_slow")
    assert not model.asked and service.charges() == []
