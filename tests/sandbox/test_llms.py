"""Registered models: kept with their keys, shown with a mask, refused in the words that release 1.0.56 uses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.caller import Caller

KEY = "custom-secret-key"
CONFIG: dict[str, Any] = {"display_name": "Scripted", "provider": "openai_compatible", "model_name": "glm46v",
                          "api_base": "http://127.0.0.1:9/v1", "api_key": KEY}
WHOLE = {"display_name": "Scripted", "provider": "openai_compatible", "model_name": "glm46v",
         "api_base": "http://127.0.0.1:9/v1", "api_key": "********", "api_version": None, "supports_vision": True,
         "add_assistant_prefix": False, "max_completion_tokens": None, "temperature": None, "reasoning_effort": None,
         "extra_parameters": {}}


def create(caller: Caller, **more: Any) -> dict[str, Any]:
    return dict(caller.post("/v1/custom-llms", {"config": CONFIG | more})["custom_llm"])


def test_a_model_is_kept_and_its_key_masked(caller: Caller) -> None:
    made = create(caller)
    assert made["id"].startswith("oat_") and made["config"] == WHOLE and made["valid"] is True
    assert set(made) == {"id", "organization_id", "config", "created_at", "modified_at", "valid"}
    newer = create(caller, api_key=None, provider="ollama", api_base=None)
    assert newer["config"]["api_base"] == "http://localhost:11434" and newer["config"]["api_key"] is None
    assert caller.get("/v1/custom-llms") == {"custom_llms": [newer, made]}
    assert caller.get("/api/v1/models")["models"][f"custom/{made['id']}"] == f"Scripted (Custom {made['id']})"
    hidden = create(caller, extra_parameters={"extra_headers": {"Authorization": "x"}, "user": "me"})
    assert hidden["config"]["extra_parameters"] == {"extra_headers": {"Authorization": "********"}, "user": "me"}


@pytest.mark.parametrize(("config", "where", "words"), [
    ({}, ["display_name"], "Field required"),
    (CONFIG | {"api_base": None}, [], "Value error, api_base is required for OpenAI-compatible models"),
    (CONFIG | {"api_key": ""}, [], "Value error, api_key is required for OpenAI-compatible models"),
    (CONFIG | {"api_base": "ftp://x/y"}, [], "Value error, api_base must be an HTTP(S) URL"),
    (CONFIG | {"provider": "acme"}, ["provider"],
     "Input should be 'openai_compatible', 'ollama', 'openrouter' or 'gemini'"),
    (CONFIG | {"display_name": "  "}, ["display_name"], "Input should be a valid string"),
    (CONFIG | {"display_name": "x" * 121}, ["display_name"], "String should have at most 120 characters"),
    (CONFIG | {"temperature": 3}, ["temperature"], "Input should be less than or equal to 2"),
    (CONFIG | {"max_completion_tokens": 0}, ["max_completion_tokens"], "Input should be greater than or equal to 1"),
    (CONFIG | {"extra_parameters": {"stream": True}}, ["extra_parameters"],
     "Value error, extra_parameters key 'stream' is reserved and cannot be overridden"),
])
def test_a_bad_one_is_refused_in_its_words(caller: Caller, config: dict[str, Any], where: list[str],
                                           words: str) -> None:
    (first, *_) = caller.post("/v1/custom-llms", {"config": config}, status=422)["detail"]
    assert (first["loc"], first["msg"]) == (["body", "config", *where], words)


def test_a_mask_keeps_the_key_and_a_change_replaces_all(caller: Caller) -> None:
    made = create(caller, temperature=1)
    path = f"/v1/custom-llms/{made['id']}"
    changed = caller.call("PUT", path, {"config": CONFIG | {"api_key": "********", "display_name": "Renamed"}})
    assert changed["custom_llm"]["config"] == WHOLE | {"display_name": "Renamed"}
    assert changed["custom_llm"]["modified_at"] >= made["modified_at"]
    for method in ("PUT", "DELETE"):
        body = {"config": CONFIG} if method == "PUT" else None
        assert caller.call(method, "/v1/custom-llms/oat_1", body, status=404) == {"detail": "Custom LLM not found"}
    assert caller.call("DELETE", path) == {"success": True}


def test_a_default_must_exist_and_outlives_its_model(caller: Caller) -> None:
    key = "CUSTOM_LLM_" + create(caller)["id"]
    path = "/api/v1/organizations"
    held = caller.call("PUT", path, {"default_llm_key": key, "default_secondary_llm_key": key})
    assert (held["default_llm_key"], held["default_secondary_llm_key"]) == (key, key)
    assert caller.call("PUT", path, {"default_llm_key": "OPENAI_GPT4O"}, status=400)["detail"] == \
        "default_llm_key must reference a valid custom LLM for this organization"
    assert "pick one" in caller.call("PUT", path, {"default_llm_key": key, "clear_default_llm_key": True},
                                     status=400)["detail"]
    caller.call("DELETE", f"/v1/custom-llms/{key.removeprefix('CUSTOM_LLM_')}")
    assert caller.get("/api/v1/organizations/me")["default_llm_key"] == key
    assert caller.call("PUT", path, {"clear_default_llm_key": True})["default_llm_key"] is None
    assert caller.get("/v1/internal/llms/status")["custom_llm_count"] == 0
