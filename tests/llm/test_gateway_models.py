"""The list of models: what the upstream has, less what is not open to the key. Free."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from werkzeug.test import TestResponse

from skyvern_ui.audit import CLI
from skyvern_ui.services.credits.ledger_rules import CREDIT
from skyvern_ui.services.credits.price_rules import close_price, set_price
from skyvern_ui.services.keys.rules import Rights, create_key

from .gateway import CHAT, IMAGES, UPSTREAM_KEY, Model, Service, code_of

LISTED = {"object": "list", "data": [
    {"id": "m", "object": "model", "created": 1700000000, "owned_by": "openai"}, {"id": "big", "permission": ["x"]},
    {"id": "tiny", "created": "never", "owned_by": 7}, {"id": UPSTREAM_KEY}, {"id": 5}, {"id": ""}, "m2"]}


def listed(service: Service) -> TestResponse:
    return service.app.test_client().get("/api/v1/llm/models", headers={"Authorization": f"Bearer {service.key}"})


def names(answer: TestResponse) -> list[str]:
    assert answer.status_code == 200 and answer.json is not None and answer.json["object"] == "list"
    return [row["id"] for row in answer.json["data"]]


def of(service: Service, *scopes: str, models: tuple[str, ...] = ()) -> Service:
    with service.app.app_context():
        _, key = create_key(service.org_id, f"{scopes}{models}", Rights(scopes, models), CLI)
    return replace(service, key=key)


def test_it_has_openais_shape_and_costs_nothing(service: Service, model: Model) -> None:
    model.says("200 OK", LISTED)
    answer = listed(service)
    assert names(answer) == ["m", "big", "tiny"] and answer.json is not None
    assert answer.json["data"][0] == {"id": "m", "object": "model", "created": 1700000000, "owned_by": "openai"}
    assert answer.json["data"][2] == {"id": "tiny", "object": "model", "created": 0, "owned_by": "upstream"}
    assert UPSTREAM_KEY not in answer.text and answer.headers["X-Credits-Charged"] == "0"
    assert service.rows() == [] and model.asked[0].startswith(b"GET /v1/models ")


def test_a_key_sees_what_it_may_use_and_what_has_a_price(service: Service, model: Model) -> None:
    model.says("200 OK", LISTED)
    assert names(listed(of(service, "llm:models", models=("big", "other")))) == ["big"]
    with service.app.app_context():
        close_price(CHAT, "", CLI)
        close_price(IMAGES, "", CLI)
        set_price(CHAT, "tiny", "call", CREDIT, CREDIT, CLI)
    assert names(listed(service)) == ["tiny"]
    with service.app.app_context():
        set_price(IMAGES, "", "call", CREDIT, CREDIT, CLI)
        close_price(CHAT, "tiny", CLI)
        close_price(IMAGES, "tiny", CLI)
    assert names(listed(service)) == ["m", "big"]


def test_it_needs_its_scope(service: Service, model: Model) -> None:
    answer = listed(of(service, "llm:chat"))
    assert (answer.status_code, code_of(answer)) == (403, "scope_not_allowed") and not model.asked
    assert listed(replace(service, key="nobody-knows-this-key")).status_code == 401


def test_its_troubles_are_translated(service: Service, model: Model) -> None:
    rows: list[tuple[str, Any, int, str]] = [
        ("401 No", {"error": {"message": f"Incorrect API key provided: {UPSTREAM_KEY}"}}, 502, "upstream_refused_key"),
        ("404 No", {"detail": "Not Found"}, 502, "upstream_misconfigured"),
        ("200 OK", b"<html>hello</html>", 502, "upstream_misconfigured"),
        ("200 OK", {"hello": 1}, 502, "upstream_misconfigured"), ("503 No", b"", 502, "upstream_failed"),
        ("429 No", b"", 429, "upstream_busy")]
    for status, body, ours, code in rows:
        model.says(status, body)
        answer = listed(service)
        assert (answer.status_code, code_of(answer)) == (ours, code) and UPSTREAM_KEY not in answer.text
    service.set(llm_upstream_url=None)
    assert code_of(listed(service)) == "no_model"
