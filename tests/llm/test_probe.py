"""A model is asked from the cheapest question to the dearest, and what is wrong has its own words."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from skyvern_ui.doctor.finding import Finding
from skyvern_ui.llm.picture import COLOURS, names_it
from skyvern_ui.llm.probe import probe, probe_answer, probe_free, probe_thorough
from skyvern_ui.llm.upstream import Upstream

from .model_server import KEY, Script, http, models, running_model, says, seeing, shown_colour


def verdicts(found: list[Finding]) -> dict[str, str]:
    return {each.check: each.verdict for each in found}


def worst(found: list[Finding]) -> Finding:
    return next((each for each in found if each.verdict == "fail"),
                next((each for each in found if each.verdict == "warn"), found[0]))


def listing(then: Script, *names: str) -> Script:
    """Lists these models and leaves the rest to `then`."""
    return lambda method, path, body: models(*(names or ("glm46v",))) if path == "/v1/models" else \
        then(method, path, body)


def always(answer: bytes) -> Script:
    return lambda *_: answer


def test_a_good_model_passes_everything_and_is_asked_once_each() -> None:
    with running_model() as model:
        found = probe(model.upstream(), thorough=True)
        assert verdicts(found) == {
            "model-gateway-reach": "ok", "model-gateway-key": "ok", "model-gateway-listed": "ok",
            "model-answer-gateway": "ok", "model-thorough-gateway-json": "ok", "model-thorough-gateway-picture": "ok"}
        assert model.asked.count("POST /v1/chat/completions") == 3
        assert [body.get("max_tokens") for body in model.bodies()][0] == 1


def test_the_free_questions_cost_nothing_and_an_answer_one_token() -> None:
    with running_model() as model:
        probe_free(model.upstream())
        assert {each.split()[0] for each in model.asked} == {"GET"}
        probe_answer(model.upstream())
        assert [body["max_tokens"] for body in model.bodies()] == [1]
        assert [body["messages"][0]["role"] for body in model.bodies()] == ["user"]


def test_the_key_is_only_in_authorization() -> None:
    with running_model() as model:
        probe(model.upstream(), thorough=True)
        for request in model.server.requests:
            head = request.partition(b"\r\n\r\n")[0]
            assert request.count(KEY.encode()) in (0, 1)
            assert KEY.encode() not in head.split(b"\r\n")[0]
            assert b"x-api-key" not in head.lower()


def test_a_wrong_key_is_named_and_the_model_not_asked() -> None:
    with running_model() as model:
        found = probe(model.upstream(key="sk-another-key-000000"), thorough=True)
        bad = worst(found)
        assert (bad.check, bad.verdict) == ("model-gateway-key", "fail") and "key" in bad.title.lower()
        assert all(each.startswith("GET") for each in model.asked)


def test_a_list_that_is_open_to_everybody_proves_no_key() -> None:
    with running_model(needs_key=False) as model:
        key = next(each for each in probe_free(model.upstream()) if each.check.endswith("-key"))
        assert "everybody" in key.title and "only when the model answers" in key.explain


def test_an_unlisted_model_gets_the_nearest_names() -> None:
    with running_model(listing(seeing, "openai/gpt-5-mini", "glm-4.6v", "qwen-max")) as model:
        found = next(each for each in probe_free(model.upstream(model="glm46v")) if each.check.endswith("-listed"))
        assert (found.verdict, found.code) == ("warn", "model_not_listed")
        assert "glm-4.6v" in found.fix[0] and "qwen" not in found.fix[0]


@pytest.mark.parametrize(("listed", "wanted"), [
    ("models/gemini-2.5-flash", "gemini-2.5-flash"), ("llama3.2:latest", "llama3.2"), ("openai/*", "openai/gpt-5"),
])
def test_names_are_known_in_the_ways_their_servers_write_them(listed: str, wanted: str) -> None:
    with running_model(listing(seeing, listed)) as model:
        found = next(each for each in probe_free(model.upstream(model=wanted)) if each.check.endswith("-listed"))
        assert found.verdict == "ok"


def test_without_a_name_it_says_which_there_are() -> None:
    with running_model() as model:
        found = probe(model.upstream(model=""))
        listed = next(each for each in found if each.check.endswith("-listed"))
        assert listed.code == "model_not_named" and "glm46v" in listed.fix[0]
        assert not model.bodies()


@pytest.mark.parametrize(("given", "works"), [
    ("", "/v1"), ("/v1/chat/completions", "/v1"), ("/v1/v1", "/v1"), ("/v1/models", "/v1"), ("/ui", "/v1"),
])
def test_an_address_that_is_nearly_right_is_mended(given: str, works: str) -> None:
    with running_model() as model:
        root = model.base.removesuffix("/v1")
        bad = worst(probe_free(model.upstream(base=root + given)))
        assert bad.code == "base_wrong" and f"{root}{works} works" in bad.explain
        assert {each.split()[0] for each in model.asked} == {"GET"}


def test_an_answer_below_the_path_too_much_is_found_by_taking_it_away() -> None:
    def script(_method: str, path: str, _body: Any) -> bytes:
        return models("glm46v") if path == "/models" else http(404, {"detail": "Not Found"})

    with running_model(script) as model:
        assert f"{model.base.removesuffix('/v1')} works" in worst(probe_free(model.upstream())).explain


def test_a_web_page_and_405_are_explained() -> None:
    page = http(200, b"<!doctype html><title>Open WebUI</title>", kind="text/html")
    with running_model(always(page), needs_key=False) as model:
        bad = worst(probe(model.upstream()))
        assert bad.verdict == "fail" and ("What came", "A web page") in bad.evidence
    with running_model(always(http(405, {"detail": "Method Not Allowed"})), needs_key=False) as model:
        bad = worst(probe(model.upstream()))
        assert (bad.verdict, bad.code) == ("fail", "wrong_method")


def test_a_service_without_a_list_is_let_answer() -> None:
    def script(method: str, path: str, body: Any) -> bytes:
        return http(404, {"error": "no such route"}) if method == "GET" else seeing(method, path, body)

    with running_model(script) as model:
        found = verdicts(probe(model.upstream()))
        assert found["model-gateway-listed"] == "warn" and found["model-answer-gateway"] == "ok"


@pytest.mark.parametrize(("status", "body", "code"), [
    (429, {"error": {"code": "1113", "message": "余额不足或无可用资源包,请充值"}}, "zhipu_balance"),
    (400, {"error": {"message": "Invalid model name passed in model=glm46v. Call /v1/models"}}, "litellm_model"),
    (403, {"error": {"code": "AllocationQuota.FreeTierOnly",
                     "message": "The free tier of the model has been exhausted."}},
     "alibaba_free_tier"),
    (402, {"error": {"message": "Insufficient Balance"}}, "balance"),
    (401, {"error": {"message": "Incorrect API key provided", "code": "invalid_api_key"}}, "wrong_key"),
    (404, {"error": {"message": "The model `x` does not exist", "code": "model_not_found"}}, "unknown_model"),
    (503, {"error": {"message": "overloaded"}}, "overloaded"),
    (405, {"detail": "Method Not Allowed"}, "wrong_method"), (404, {"detail": "Not Found"}, "base_wrong"),
    (500, b"Internal Server Error", "broke_inside"),
])
def test_what_the_chat_refuses_is_translated(status: int, body: Any, code: str) -> None:
    with running_model(listing(always(http(status, body)))) as model:
        bad = worst(probe(model.upstream()))
        assert (bad.check, bad.verdict) == ("model-answer-gateway", "fail")
        assert bad.code == code and bad.title and bad.fix and ("Status", str(status)) in bad.evidence


def test_a_refused_limit_is_asked_again_the_other_way() -> None:
    def script(_method: str, _path: str, body: Any) -> bytes:
        if "max_tokens" in body:
            return http(400, {"error": {"message": "Unsupported parameter: 'max_tokens' is not supported with this "
                                                   "model. Use 'max_completion_tokens' instead."}})
        return says("")

    with running_model(listing(script)) as model:
        assert verdicts(probe(model.upstream()))["model-answer-gateway"] == "ok"
        assert [each.get("max_completion_tokens") for each in model.bodies()] == [None, 1]


def test_a_model_that_cannot_be_so_short_works() -> None:
    said = {"error": {"message": "Could not finish the message because max_tokens or model output limit was reached."}}
    with running_model(listing(always(http(400, said)))) as model:
        found = worst(probe(model.upstream()))
        assert found.verdict == "ok" and len(model.bodies()) == 1


def test_json_that_is_not_an_answer_is_told() -> None:
    with running_model(listing(always(http(200, {"text": "hello"})))) as model:
        assert worst(probe(model.upstream())).code == "not_a_chat"
    with running_model(listing(always(http(200, {"error": {"message": "Incorrect API key provided",
                                                           "code": "invalid_api_key"}})))) as model:
        assert "key" in worst(probe(model.upstream())).title.lower()


@pytest.mark.parametrize("said", ["<think>" * 100_000, "```" + " " * 700_000, "```json" * 100_000])
def test_what_a_model_babbles_takes_time_by_its_length_only(said: str) -> None:
    with running_model(listing(always(says(said)))) as model:
        begun = time.monotonic()
        assert [each.verdict for each in probe_thorough(model.upstream())] == ["fail", "fail"]
        assert time.monotonic() - begun < 8.0


@pytest.mark.parametrize(("said", "verdict"), [
    ('{"colour": "green"}', "ok"), ('```json\n{"colour": "green"}\n```', "ok"),
    ('<think>hm</think>{"a": 1}', "ok"), ("Sure! Here is your JSON.", "fail"), ("", "fail"), ("[1]", "fail"),
])
def test_json_is_read_as_skyvern_would(said: str, verdict: str) -> None:
    with running_model(listing(always(says(said)))) as model:
        found = next(each for each in probe_thorough(model.upstream()) if each.check.endswith("-json"))
        assert found.verdict == verdict


def test_json_in_words_when_there_is_no_json_mode() -> None:
    def script(_method: str, _path: str, body: Any) -> bytes:
        if "response_format" in body:
            return http(400, {"error": {"message": "'response_format' of type json_object is not supported"}})
        return says(json.dumps({"colour": "green"}))

    with running_model(listing(script)) as model:
        found = next(each for each in probe_thorough(model.upstream()) if each.check.endswith("-json"))
        assert found.verdict == "ok" and ("JSON mode", "no, asked in words") in found.evidence


def test_an_answer_that_is_cut_off_is_not_called_bad_json() -> None:
    with running_model(listing(always(says('{"col', "length")))) as model:
        assert worst(probe_thorough(model.upstream())).code == "truncated"


def another(colour: str) -> str:
    return next(name for name in COLOURS if name != colour)


@pytest.mark.parametrize("said", [
    lambda colour: another(colour), lambda _: "I'm sorry, but I can't view images.", lambda _: "",
    lambda colour: f"I cannot see images, but it may be {colour}.", lambda colour: f"{colour} or {another(colour)}",
])
def test_whoever_does_not_name_the_colour_does_not_see(said: Any) -> None:
    def script(_method: str, _path: str, body: Any) -> bytes:
        colour = shown_colour(body)
        return says(said(colour) if colour else "{}")

    with running_model(listing(script)) as model:
        found = next(each for each in probe_thorough(model.upstream()) if each.check.endswith("-picture"))
        assert (found.verdict, found.code) == ("fail", "picture_not_seen")


def test_a_text_model_that_says_so_is_believed() -> None:
    said = {"error": {"message": "this model does not support image input"}}

    def script(_method: str, _path: str, body: Any) -> bytes:
        return http(400, said) if shown_colour(body) else says("{}")

    with running_model(listing(script)) as model:
        found = next(each for each in probe_thorough(model.upstream()) if each.check.endswith("-picture"))
        assert (found.verdict, found.code) == ("fail", "no_pictures")


@pytest.mark.parametrize("where", ["models", "chat", "header", "location"])
def test_an_upstream_that_sends_back_our_key_does_not_get_it_through(where: str) -> None:
    told = {"error": {"message": f"Key {KEY} is not allowed", "key": KEY, "also": f"Bearer {KEY}"}}

    def script(_method: str, path: str, _body: Any) -> bytes:
        if where == "location":
            return http(302, b"", f"location: https://other.example.com/?key={KEY}")
        if path == "/v1/models" and where != "models":
            return models("glm46v", KEY)
        return http(403, told, f"x-request-id: {KEY}")

    with running_model(script) as model:
        found = probe(model.upstream(), thorough=True) + probe(model.upstream(model="unknown-name"))
        assert worst(found).verdict == "fail"
        assert KEY not in json.dumps([each.to_json() for each in found]) and KEY[:20] not in str(found)


def test_a_key_that_cannot_be_sent_is_a_finding() -> None:
    for key in ("sk-one\nsk-two", "sk-ключ", "sk one"):
        bad = worst(probe(Upstream("gateway", "The model", "http://127.0.0.1:9/v1", key, "m")))
        assert bad.code == "model_unfit" and "copy it again" in bad.explain and key not in str(bad)


def test_colours_are_told_apart() -> None:
    assert names_it("red", "Red.") and names_it("purple", "It is violet") and names_it("yellow", "golden yellow")
    assert not names_it("red", "blue") and not names_it("red", "red and blue") and not names_it("red", "coloured")


def test_a_word_in_place_of_a_key_hides_nothing() -> None:
    with running_model(listing(seeing, "ollama/llama3.2"), needs_key=False) as model:
        found = probe_free(model.upstream(key="ollama", model="llama"))
        assert "ollama/llama3.2" in str(found) and "[hidden]" not in str(found)
