"""A stream is charged once, for what came, whoever leaves or dies."""

from __future__ import annotations

import json
import threading
from typing import Any

from skyvern_ui.audit import CLI
from skyvern_ui.extensions import db
from skyvern_ui.services.credits.ledger_rules import CREDIT, grant
from tests.relay.fault_server import ok, until

from .gateway import CHAT, DONE, HELLO, UPSTREAM_KEY, USED, WORD, Model, Service, event, stream, tokens_cost


def test_a_stream_is_metered_though_the_client_did_not_ask(service: Service, model: Model) -> None:
    tokens_cost(service)
    model.answer = lambda conn: (stream(conn, WORD, USED, DONE), conn.sendall(b"0\r\n\r\n"))[0]
    answer = service.call(body={**HELLO, "stream": True})
    assert answer.data == WORD + DONE + b": credits=2\n\n"
    assert service.pool() == (8 * CREDIT, 0)
    assert json.loads(model.asked[0].partition(b"\r\n\r\n")[2])["stream_options"] == {"include_usage": True}


def test_a_stream_shows_its_usage_to_who_asked(service: Service, model: Model) -> None:
    model.answer = lambda conn: (stream(conn, WORD, USED, DONE), conn.sendall(b"0\r\n\r\n"))[0]
    answer = service.call(body={**HELLO, "stream": True, "stream_options": {"include_usage": True}})
    assert USED in answer.data


def test_a_stream_that_breaks_before_a_word_is_free(service: Service, model: Model) -> None:
    model.answer = lambda conn: (stream(conn, event(choices=[{"delta": {"role": "assistant"}}])), conn.close())[0]
    answer = service.call(body={**HELLO, "stream": True})
    assert b"upstream_broken" in answer.data and answer.data.endswith(DONE)
    assert service.pool() == (10 * CREDIT, 0)


def test_a_stream_that_breaks_after_a_word_is_paid(service: Service, model: Model) -> None:
    model.answer = lambda conn: (stream(conn, WORD), conn.close())[0]
    answer = service.call(body={**HELLO, "stream": True})
    assert WORD in answer.data and b"upstream_broken" in answer.data
    assert service.pool() == (9 * CREDIT, 0)


def test_a_client_that_leaves_pays_for_what_the_model_then_says(service: Service, model: Model) -> None:
    tokens_cost(service)
    go_on = threading.Event()

    def slowly(conn: Any) -> None:
        stream(conn, WORD)
        go_on.wait(10)
        for piece in (WORD, USED, DONE):
            conn.sendall(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        conn.sendall(b"0\r\n\r\n")

    model.answer = slowly
    answer = service.app.test_client().post(CHAT, json={**HELLO, "stream": True}, buffered=False,
                                            headers={"Authorization": f"Bearer {service.key}"})
    assert next(iter(answer.response)) == WORD
    answer.close()
    assert service.pool() == (5 * CREDIT, 5 * CREDIT)
    go_on.set()
    assert until(lambda: service.pool() == (8 * CREDIT, 0))
    assert service.charges() == [("settled", 2 * CREDIT, "done")]


STREAM = {**HELLO, "stream": True}


def said_in(data: bytes) -> dict[str, Any]:
    """The error in a stream."""
    (line,) = [each for each in data.split(b"\n\n") if b'"error"' in each]
    found: dict[str, Any] = json.loads(line.removeprefix(b"data: "))["error"]
    return found


def test_an_error_inside_a_stream_is_ours_and_free(service: Service, model: Model) -> None:
    told = {"message": f"Rate limit reached for {UPSTREAM_KEY[:12]}", "code": "429", "type": "rate_limit_exceeded"}
    model.answer = lambda conn: (stream(conn, event(error=told), DONE), conn.sendall(b"0\r\n\r\n"))[0]
    answer = service.call(body=STREAM)
    said = said_in(answer.data)
    assert said["code"] == "upstream_busy" and said["request_id"] == answer.headers["X-Request-Id"]
    assert UPSTREAM_KEY[:12] not in answer.text and answer.data.endswith(DONE) and answer.data.count(DONE) == 1
    assert service.pool() == (10 * CREDIT, 0) and service.charges() == [("released", 0, "upstream_error")]
    assert service.rows()[0].details["reason"] == "rate_limit"


def test_a_key_in_a_stream_is_withheld_wherever_it_is_cut(service: Service, model: Model) -> None:
    leak = event(choices=[{"delta": {"content": UPSTREAM_KEY}}])
    at = leak.index(UPSTREAM_KEY.encode()) + 9
    has_word, half = threading.Event(), b"%x\r\n" % len(leak) + leak[:at]
    model.answer = lambda conn: (stream(conn, WORD), has_word.wait(10), conn.sendall(half),
                                 model.server.done.wait(0.1), conn.sendall(leak[at:] + b"\r\n"))[0]
    answer = service.app.test_client().post(CHAT, json=STREAM, buffered=False,
                                            headers={"Authorization": f"Bearer {service.key}"})
    pieces = iter(answer.response)
    assert next(pieces) == WORD
    has_word.set()
    rest = b"".join(bytes(each) for each in pieces)  # type: ignore[arg-type]
    assert said_in(rest)["code"] == "upstream_leak" and UPSTREAM_KEY.encode() not in rest
    assert service.charges() == [("settled", CREDIT, "cut_off")]


def test_a_stream_that_hangs_ends_at_the_deadline(service: Service, model: Model) -> None:
    service.set(llm_seconds=1)
    model.answer = lambda conn: (stream(conn, WORD), model.server.wait_for_close(conn))[0]
    answer = service.call(body=STREAM)
    assert WORD in answer.data and said_in(answer.data)["code"] == "upstream_timeout" and answer.data.endswith(
        DONE + b": credits=1\n\n")
    assert service.charges() == [("settled", CREDIT, "cut_off")]


def test_a_client_that_leaves_before_anything_came_is_free_if_nothing_comes(service: Service, model: Model) -> None:
    model.answer = lambda conn: (stream(conn), model.server.done.wait(0.2), conn.close())[0]
    answer = service.app.test_client().post(CHAT, json=STREAM, buffered=False,
                                            headers={"Authorization": f"Bearer {service.key}"})
    answer.close()
    assert until(lambda: service.charges() == [("released", 0, "empty_stream")]) and service.pool() == (10 * CREDIT, 0)


def test_usage_beside_words_counts_and_the_words_pass(service: Service, model: Model) -> None:
    tokens_cost(service)
    both = event(choices=[{"delta": {"content": "Hi"}}], usage={"prompt_tokens": 1000, "completion_tokens": 2000})
    model.answer = lambda conn: (stream(conn, both, DONE), conn.sendall(b"0\r\n\r\n"))[0]
    assert service.call(body=STREAM).data == both + DONE + b": credits=3\n\n"


def test_a_stream_that_tells_no_usage_costs_what_was_held(service: Service, model: Model) -> None:
    tokens_cost(service)
    lie = event(choices=[], usage={"prompt_tokens": 0, "completion_tokens": 0})
    model.answer = lambda conn: (stream(conn, WORD, lie, DONE), conn.sendall(b"0\r\n\r\n"))[0]
    assert service.call(body=STREAM).data.endswith(b": credits=5\n\n") and service.pool() == (5 * CREDIT, 0)


def test_a_server_that_does_not_know_usage_is_asked_without(service: Service, model: Model) -> None:
    def answer(conn: Any) -> None:
        if b"stream_options" in model.asked[-1]:
            no = b'{"error":{"message":"Unrecognized request argument: stream_options"}}'
            conn.sendall(b"HTTP/1.1 400 No\r\ncontent-length: %d\r\n\r\n" % len(no) + no)
        else:
            stream(conn, WORD, DONE)
            conn.sendall(b"0\r\n\r\n")

    model.answer = answer
    assert service.call(body=STREAM).data.startswith(WORD + DONE)
    assert len(model.asked) == 2 and service.pool() == (9 * CREDIT, 0)
    asked_for = service.call(body={**STREAM, "stream_options": {"include_usage": True}})
    assert asked_for.status_code == 400 and len(model.asked) == 3 and service.pool() == (9 * CREDIT, 0)


def test_a_server_that_does_not_stream_is_answered_whole(service: Service, model: Model) -> None:
    whole = b'{"choices":[{"message":{"content":"Hi"}}]}'
    model.answer = lambda conn: conn.sendall(ok(whole, "content-type: application/json"))
    answer = service.call(body=STREAM)
    assert answer.data == whole and answer.mimetype == "application/json" and service.pool() == (9 * CREDIT, 0)


ROLE = event(choices=[{"index": 0, "delta": {"role": "assistant", "content": ""}}])


def test_a_client_that_leaves_after_the_first_event_pays_for_those_that_came_with_it(service: Service,
                                                                                      model: Model) -> None:
    """All of it arrived in one piece, and only its beginning was handed on."""
    tokens_cost(service)
    model.answer = lambda conn: (stream(conn, ROLE + WORD + USED + DONE), conn.sendall(b"0\r\n\r\n"))[0]
    answer = service.app.test_client().post(CHAT, json=STREAM, buffered=False,
                                            headers={"Authorization": f"Bearer {service.key}"})
    assert next(iter(answer.response)) == ROLE
    answer.close()
    assert until(lambda: service.charges() == [("settled", 2 * CREDIT, "done")]) and service.pool() == (8 * CREDIT, 0)


def test_a_stream_without_its_last_empty_line_is_paid(service: Service, model: Model) -> None:
    model.answer = lambda conn: (stream(conn, WORD.rstrip(b"\n")), conn.sendall(b"0\r\n\r\n"))[0]
    answer = service.call(body=STREAM)
    assert answer.data.startswith(WORD) and service.charges() == [("settled", CREDIT, "cut_off")]


def test_what_is_left_of_a_credit_is_told_whole(service: Service, model: Model) -> None:
    with service.app.app_context():
        grant(service.org_id, 12_345_678_901, CLI, "A large pool")
        db.session.remove()
    answer = service.call()
    assert (answer.headers["X-Credits-Charged"], answer.headers["X-Credits-Remaining"]) == ("1", "12345687.901")
