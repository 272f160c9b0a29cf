"""Each row of the outcome table (field-notes 2.3): whose fault it was decides the status, and what did not happen is
free."""

from __future__ import annotations

import json
import socket
from contextlib import ExitStack
from typing import Any

from werkzeug.test import TestResponse

from skyvern_ui.services.credits.ledger_rules import CREDIT
from tests.relay.fault_server import reset, speaking
from tests.support.postgres import free_port

from .gateway import CHAT, HELLO, IMAGES, UPSTREAM_KEY, Model, Service, code_of

START = (10 * CREDIT, 0)
SEA = {"prompt": "A calm sea"}
NO = b"HTTP/1.1 400 No\r\n\r\n"


def free(service: Service, answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    """The call was refused so, and nothing was taken; the error, and what stays with the charge."""
    assert answer.json is not None and (answer.status_code, code_of(answer)) == (status, code), answer.json
    assert answer.headers["X-Credits-Charged"] == "0" and answer.headers["X-Credits-Remaining"] == "10"
    assert service.pool() == START
    charge = service.rows()[-1]
    assert charge.state == "released" and charge.actual == 0
    return {**charge.details, "outcome": charge.outcome, "error": answer.json["error"]}


def says(model: Model, status: int, body: Any, *headers: str) -> None:
    model.says(f"{status} Said", body, *headers)


def openai(message: str, code: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": "x", "code": code, "param": None}}


REFUSED: list[tuple[str, int, Any, int, str, bool]] = [  # path, status, body, our status, our code, worth trying again
    (CHAT, 401, openai("Incorrect API key provided: sk-abc.", "invalid_api_key"), 502, "upstream_refused_key", False),
    (CHAT, 403, openai("No."), 502, "upstream_refused_key", False),
    (CHAT, 402, openai("Insufficient Balance"), 502, "upstream_quota", False),
    (CHAT, 429, openai("You exceeded your current quota.", "insufficient_quota"), 502, "upstream_quota", False),
    (CHAT, 429, {"error": {"code": "1113", "message": "余额不足或无可用资源包,请充值"}}, 502, "upstream_quota", False),
    (CHAT, 400, {"error": {"message": "Budget has been exceeded! Key=x", "type": "budget_exceeded"}}, 502,
     "upstream_quota", False),
    (CHAT, 429, openai("Rate limit reached for m.", "rate_limit_exceeded"), 429, "upstream_busy", True),
    (CHAT, 429, b"slow down", 429, "upstream_busy", True),
    (CHAT, 400, openai("Invalid model name passed in model=m. Call /v1/models"), 404, "model_not_found", False),
    (CHAT, 404, openai("The model `m` does not exist", "model_not_found"), 404, "model_not_found", False),
    (CHAT, 400, openai("Too long", "context_length_exceeded"), 400, "context_length_exceeded", False),
    (CHAT, 400, openai("Unsafe", "content_filter"), 400, "content_filter", False),
    (CHAT, 400, openai("Unsupported parameter: 'top_k'", "unsupported_parameter"), 400, "unsupported_parameter", False),
    (CHAT, 400, openai("this model does not support image input"), 400, "no_pictures", False),
    (CHAT, 400, openai("Nobody knows why"), 400, "upstream_rejected", False),
    (CHAT, 422, openai("Nobody knows why"), 422, "upstream_rejected", False),
    (CHAT, 404, {"detail": "Not Found"}, 502, "upstream_misconfigured", False),
    (CHAT, 405, {"detail": "Method Not Allowed"}, 502, "upstream_misconfigured", False),
    (IMAGES, 405, {"detail": "Method Not Allowed"}, 502, "no_images", False),
    (IMAGES, 404, {"detail": "Not Found"}, 502, "no_images", False),
    (IMAGES, 501, b"", 502, "no_images", False),
    (CHAT, 500, b"Internal Server Error", 502, "upstream_failed", True),
    (CHAT, 503, openai("overloaded", "overloaded_error"), 502, "upstream_failed", True),
    (CHAT, 504, b"<html>504</html>", 504, "upstream_timeout", True),
    (CHAT, 200, b"<!doctype html><title>Open WebUI</title>", 502, "upstream_misconfigured", False),
    (CHAT, 200, openai("Rate limit reached for m.", "rate_limit_exceeded"), 429, "upstream_busy", True),
    (CHAT, 200, [1, 2], 502, "upstream_failed", True),
    (CHAT, 200, b"[" * 100_000, 502, "upstream_misconfigured", False),
]


def test_what_the_model_refuses_is_translated_and_free(service: Service, model: Model) -> None:
    for path, status, body, ours, code, again in REFUSED:
        says(model, status, body, "x-request-id: req-7")
        answer = service.call(path, SEA if path is IMAGES else HELLO)
        told = free(service, answer, ours, code)
        assert told["upstream_status"] == status and told["reason"], (status, body)
        assert told["error"]["upstream"]["status"] == status
        assert (answer.headers.get("x-should-retry") != "false") == again, (status, body)
        assert ("Retry-After" in answer.headers) >= (ours == 429)
    assert len(model.asked) == len(REFUSED)


def test_a_real_rate_limit_says_how_long(service: Service, model: Model) -> None:
    says(model, 429, openai("Rate limit reached", "rate_limit_exceeded"), "retry-after: 17")
    answer = service.call()
    assert free(service, answer, 429, "upstream_busy") and answer.headers["Retry-After"] in ("16", "17")


def test_the_original_is_there_without_secrets(service: Service, model: Model) -> None:
    said = f"Key {UPSTREAM_KEY} and sk-proj-AbCdEf0123456789xyz are <b>unknown</b> to {UPSTREAM_KEY[8:]}"
    says(model, 400, openai(said, "odd_one"), f"x-request-id: {UPSTREAM_KEY}")
    answer = service.call()
    told = free(service, answer, 400, "upstream_rejected")["error"]
    assert told["upstream"]["code"] == "odd_one" and "[hidden]" in told["upstream"]["message"]
    assert "are unknown to" in told["message"]
    for secret in (UPSTREAM_KEY, UPSTREAM_KEY[8:], "sk-proj-AbCdEf"):
        assert secret not in answer.text


def test_an_answer_with_our_key_is_withheld_and_paid(service: Service, model: Model) -> None:
    says(model, 200, {"choices": [], "debug": UPSTREAM_KEY})
    answer = service.call()
    assert code_of(answer) == "upstream_leak" and UPSTREAM_KEY not in answer.text
    assert service.pool() == (9 * CREDIT, 0) and service.charges() == [("settled", CREDIT, "broken_answer")]


def test_a_model_that_cannot_be_reached_is_free(service: Service) -> None:
    with speaking(lambda _server, conn, _: (conn.recv(9), conn.sendall(NO))) as plain:  # type: ignore[arg-type]
        for base, reason, lasting in ((f"http://127.0.0.1:{free_port()}", "refused", False),
                                      ("http://no-such-host.invalid", "name_unknown", True),
                                      (f"https://127.0.0.1:{plain.port}", "tls_failed", True)):
            service.set(llm_upstream_url=f"{base}/v1")
            answer = service.call()
            told = free(service, answer, 502, "upstream_unreachable")
            assert told["outcome"] == "upstream_unreachable" and "uncertain" not in told and told["reason"] == reason
            assert (answer.headers.get("x-should-retry") == "false") == lasting


def test_a_host_that_swallows_packets_is_a_time_out_and_certain(service: Service) -> None:
    with socket.socket() as listener, ExitStack() as waiting:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            caller = waiting.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(listener.getsockname())
        service.set(llm_upstream_url=f"http://127.0.0.1:{listener.getsockname()[1]}/v1", llm_seconds=1)
        told = free(service, service.call(), 504, "upstream_timeout")
        assert told["outcome"] == "upstream_timeout" and "uncertain" not in told


def test_a_time_out_after_the_request_was_sent_is_free_and_uncertain(service: Service, model: Model) -> None:
    service.set(llm_seconds=1)
    model.answer = lambda conn: model.server.wait_for_close(conn)
    told = free(service, service.call(), 504, "upstream_timeout")
    assert told["uncertain"] is True and model.server.closed_by_peer.wait(5)


def test_a_connection_that_dies_is_free_and_uncertain(service: Service, model: Model) -> None:
    for die in (lambda conn: conn.close(), reset, lambda conn: conn.sendall(b"HTTP/1.1 200 OK\r\ncontent-le")
                or conn.close(), lambda conn: conn.sendall(b"SSH-2.0-Open\r\n\r\n") or conn.close()):
        model.answer = die  # type: ignore[assignment]
        assert free(service, service.call(), 502, "upstream_broken")["uncertain"] is True


def test_an_answer_that_breaks_off_is_paid_because_the_model_has_worked(service: Service, model: Model) -> None:
    model.answer = lambda conn: (conn.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"), conn.close())[0]
    answer = service.call()
    assert code_of(answer) == "upstream_broken" and answer.headers["X-Credits-Charged"] == "1"
    assert service.charges() == [("settled", CREDIT, "broken_answer")] and service.pool() == (9 * CREDIT, 0)


def test_a_redirect_is_not_followed(service: Service, model: Model) -> None:
    model.answer = lambda conn: conn.sendall(b"HTTP/1.1 308 Moved\r\nlocation: http://127.0.0.1:1/\r\n"
                                             b"content-length: 0\r\n\r\n")
    assert free(service, service.call(), 502, "upstream_misconfigured") and len(model.asked) == 1


def test_images_that_did_not_come_are_free(service: Service, model: Model) -> None:
    rows = [{"b64_json": "aGk="}, {"url": "https://x.example.com/a.png"}, {}, "x", {"b64_json": ""}]
    says(model, 200, {"data": rows})
    assert service.call(IMAGES, {**SEA, "n": 5}).status_code == 200
    assert service.pool() == (6 * CREDIT, 0)
    says(model, 200, {"data": []})
    assert service.call(IMAGES, {**SEA, "n": 3}).headers["X-Credits-Charged"] == "0"
    assert service.charges()[-1] == ("released", 0, "empty_answer") and service.pool() == (6 * CREDIT, 0)


def test_a_model_that_nobody_named_is_the_operators_to_mend(service: Service, model: Model) -> None:
    says(model, 404, openai("The model `m` does not exist", "model_not_found"))
    assert free(service, service.call(IMAGES, SEA), 502, "upstream_misconfigured")


def test_more_images_than_were_paid_for_are_no_debt(service: Service, model: Model) -> None:
    says(model, 200, {"data": [{"b64_json": "aGk="}] * 50})
    service.call(IMAGES, SEA)
    assert service.pool() == (8 * CREDIT, 0) and service.rows()[0].overrun == 98 * CREDIT


def test_a_large_answer_passes_whole(service: Service, model: Model) -> None:
    body = {"choices": [{"message": {"content": "x" * 2_000_000}}], "usage": {"prompt_tokens": 1}}
    says(model, 200, body)
    answer = service.call(body={**HELLO, "messages": [{"role": "user", "content": "y" * 2_000_000}]})
    assert answer.json == body and service.pool() == (9 * CREDIT, 0)
    assert len(json.loads(model.asked[0].partition(b"\r\n\r\n")[2])["messages"][0]["content"]) == 2_000_000
    broken = service.app.test_client().post(CHAT, data=b'{"model":"m","messages":' + b" " * 400_000, headers={
        "Authorization": f"Bearer {service.key}"}, content_type="application/json")
    assert (broken.status_code, code_of(broken)) == (400, "invalid_json")
