"""Models that are registered with the server: kept with their keys, shown with a mask. Only under /v1."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from skyvern_ui.sandbox.bodies import json_body, the_world
from skyvern_ui.sandbox.refusals import Refusal, invalid, not_one_of
from skyvern_ui.sandbox.shapes import moment
from skyvern_ui.sandbox.world import World

blueprint = Blueprint("llms", __name__)
MASK, KEY_PREFIX = "********", "CUSTOM_LLM_"
PROVIDERS = ("openai_compatible", "ollama", "openrouter", "gemini")
NAMES = {"openai_compatible": "OpenAI-compatible", "openrouter": "OpenRouter", "gemini": "Gemini"}
DEFAULT_BASES = {"ollama": "http://localhost:11434", "openrouter": "https://openrouter.ai/api/v1"}
TEXTS = {"display_name": 120, "model_name": 250, "api_base": 500, "api_key": 1000, "api_version": 100,
         "reasoning_effort": 50}
NEEDED = ("display_name", "provider", "model_name")
RESERVED = {"model", "messages", "api_key", "api_base", "api_version", "model_info", "custom_llm_provider",
            "drop_params", "stream", "tools"}
MOST_EXTRAS, LONGEST_EXTRAS = 30, 10_000


@blueprint.get("/v1/custom-llms")
def list_llms() -> ResponseReturnValue:
    return jsonify({"custom_llms": [_shown(each) for each in reversed(the_world().llms.values())]})


@blueprint.post("/v1/custom-llms")
def create_llm() -> ResponseReturnValue:
    world, config = the_world(), _config(json_body())
    when = moment(world.clock())
    row = {"id": world.new_id("oat"), "organization_id": world.organization_id, "config": config, "created_at": when,
           "modified_at": when, "valid": True}
    world.llms[row["id"]] = row
    return jsonify({"custom_llm": _shown(row)})


@blueprint.put("/v1/custom-llms/<llm_id>")
def update_llm(llm_id: str) -> ResponseReturnValue:
    world, config = the_world(), _config(json_body())
    row = _find(world, llm_id)
    if config["api_key"] == MASK:
        config["api_key"] = row["config"]["api_key"]
    row |= {"config": config, "modified_at": moment(world.clock())}
    return jsonify({"custom_llm": _shown(row)})


@blueprint.delete("/v1/custom-llms/<llm_id>")
def delete_llm(llm_id: str) -> ResponseReturnValue:
    """As in the real server, a default that names it goes on naming it."""
    _find(the_world(), llm_id)
    del the_world().llms[llm_id]
    return jsonify({"success": True})


@blueprint.get("/v1/internal/llms/status")
@blueprint.get("/api/v1/internal/llms/status", endpoint="show_status_legacy")
def show_status() -> ResponseReturnValue:
    return jsonify({"status": "ok", "default_llm_key": "SANDBOX", "has_server_configured_llm": True,
                    "custom_llm_count": len(the_world().llms), "issues": [], "detail": None, "next_step": None})


def labels(world: World) -> dict[str, str]:
    """The registered models as the list of models names them."""
    return {f"custom/{each['id']}": f"{each['config']['display_name']} (Custom {each['id']})"
            for each in world.llms.values()}


def _find(world: World, llm_id: str) -> dict[str, Any]:
    if llm_id not in world.llms:
        raise Refusal(404, "Custom LLM not found")
    return world.llms[llm_id]


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    config = dict(row["config"])
    if config["api_key"]:
        config["api_key"] = MASK
    hidden = config["extra_parameters"].get("extra_headers")
    if isinstance(hidden, dict):
        config["extra_parameters"] = config["extra_parameters"] | {"extra_headers": dict.fromkeys(hidden, MASK)}
    return row | {"config": config}


def _config(body: dict[str, Any]) -> dict[str, Any]:
    where = ("body", "config")
    given = body.get("config")
    if not isinstance(given, dict):
        raise invalid(where, "missing", "Field required", body)
    problems: list[dict[str, Any]] = [entry for name in NEEDED if name not in given
                                      for entry in invalid((*where, name), "missing", "Field required", given).detail]
    if problems:
        raise Refusal(422, problems)
    found = {name: _text(given.get(name), (*where, name), name) for name in TEXTS}
    if given["provider"] not in PROVIDERS:
        raise not_one_of((*where, "provider"), PROVIDERS, given["provider"])
    found |= {"provider": given["provider"], "supports_vision": given.get("supports_vision", True) is not False,
              "add_assistant_prefix": given.get("add_assistant_prefix") is True,
              "max_completion_tokens": _number(given.get("max_completion_tokens"), (*where, "max_completion_tokens"),
                                               1, 1_000_000),
              "temperature": _number(given.get("temperature"), (*where, "temperature"), 0, 2),
              "extra_parameters": _extras(given.get("extra_parameters"), (*where, "extra_parameters"))}
    provider, wrong = found["provider"], lambda words: invalid(where, "value_error", f"Value error, {words}", given,
                                                               error={})
    if provider == "openai_compatible" and not found["api_base"]:
        raise wrong("api_base is required for OpenAI-compatible models")
    if provider in NAMES and not found["api_key"]:
        raise wrong(f"api_key is required for {NAMES[provider]} models")
    found["api_base"] = found["api_base"] or DEFAULT_BASES.get(provider)
    parts = urlsplit(found["api_base"] or "http://none")
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise wrong("api_base must be an HTTP(S) URL")
    order = ("display_name", "provider", "model_name", "api_base", "api_key", "api_version", "supports_vision",
             "add_assistant_prefix", "max_completion_tokens", "temperature", "reasoning_effort", "extra_parameters")
    return {name: found[name] for name in order}


def _text(given: Any, where: tuple[str, ...], name: str) -> str | None:
    value = given.strip() or None if isinstance(given, str) else given
    if value is None and name not in NEEDED:
        return None
    if not isinstance(value, str):
        raise invalid(where, "string_type", "Input should be a valid string", value)
    if len(value) > TEXTS[name]:
        raise invalid(where, "string_too_long", f"String should have at most {TEXTS[name]} characters", value,
                      max_length=TEXTS[name])
    return value


def _number(given: Any, where: tuple[str, ...], low: int, high: int) -> Any:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise invalid(where, "float_parsing", "Input should be a valid number", given)
    if given < low:
        raise invalid(where, "greater_than_equal", f"Input should be greater than or equal to {low}", given, ge=low)
    if given > high:
        raise invalid(where, "less_than_equal", f"Input should be less than or equal to {high}", given, le=high)
    return given


def _extras(given: Any, where: tuple[str, ...]) -> dict[str, Any]:
    wrong = lambda words: invalid(where, "value_error", f"Value error, {words}", given, error={})  # noqa: E731
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise wrong("extra_parameters must be a JSON object")
    if len(given) > MOST_EXTRAS:
        raise wrong(f"extra_parameters supports at most {MOST_EXTRAS} keys")
    for key in given:
        if key.strip().lower() in RESERVED:
            raise wrong(f"extra_parameters key '{key}' is reserved and cannot be overridden")
    if len(json.dumps(given)) > LONGEST_EXTRAS:
        raise wrong(f"extra_parameters must be at most {LONGEST_EXTRAS} bytes")
    return {key.strip(): value for key, value in given.items()}
