"""What the server says about itself and its organisation."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, jsonify
from flask.typing import ResponseReturnValue

from skyvern_ui.sandbox.bodies import json_body, the_world
from skyvern_ui.sandbox.llms import KEY_PREFIX, labels
from skyvern_ui.sandbox.refusals import Refusal
from skyvern_ui.sandbox.shapes import moment, shape

blueprint = Blueprint("server", __name__)
VERSION = "1.0.56"
DEFAULTS = ("default_llm_key", "default_secondary_llm_key")


@blueprint.get("/api/v1/heartbeat")
def show_heartbeat() -> ResponseReturnValue:
    answer = Response("Server is running.")
    answer.headers["x-skyvern-api-version"] = "development"
    return answer


@blueprint.get("/v1/version")
@blueprint.get("/api/v1/version", endpoint="show_version_legacy")
def show_version() -> ResponseReturnValue:
    return jsonify({"version": VERSION})


@blueprint.get("/v1/config/runtime")
@blueprint.get("/api/v1/config/runtime", endpoint="show_runtime_legacy")
def show_runtime() -> ResponseReturnValue:
    return jsonify({"browser_streaming_mode": "cdp", "browser_streaming_label": "Sandbox - simulated",
                    "environment": "local", "warnings": [], "code_block_access": True,
                    "workflow_copilot_code_block_mode": False})


@blueprint.get("/openapi.json")
def show_openapi() -> ResponseReturnValue:
    paths: dict[str, Any] = {}
    for rule in current_app.url_map.iter_rules():
        if rule.rule.startswith("/v1/"):
            path = rule.rule.replace("<", "{").replace(">", "}")
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                paths.setdefault(path, {})[method.lower()] = {"responses": {"200": {"description": "Simulated"}}}
    return jsonify({"openapi": "3.1.0", "info": {"title": "Sandbox - simulated", "version": "1.0.0"},
                    "paths": dict(sorted(paths.items()))})


@blueprint.get("/api/v1/organizations")
def list_organizations() -> ResponseReturnValue:
    return jsonify({"organizations": [organization()]})


@blueprint.get("/api/v1/organizations/me")
def show_organization() -> ResponseReturnValue:
    return jsonify(organization())


@blueprint.put("/api/v1/organizations")
def update_organization() -> ResponseReturnValue:
    world, body = the_world(), json_body()
    for name in DEFAULTS:
        wanted, clear = body.get(name), body.get(f"clear_{name}")
        if wanted is not None and clear:
            raise Refusal(400, f"clear_{name} cannot be combined with a non-null {name} \u2014 pick one")
        if wanted is not None and str(wanted).removeprefix(KEY_PREFIX) not in world.llms:
            raise Refusal(400, f"{name} must reference a valid custom LLM for this organization")
    for name in DEFAULTS:
        if body.get(name) is not None:
            world.defaults[name] = body[name]
        elif body.get(f"clear_{name}"):
            world.defaults.pop(name, None)
    return jsonify(organization())


@blueprint.get("/api/v1/organizations/<organization_id>/apikeys")
def list_keys(organization_id: str) -> ResponseReturnValue:
    """The real server prints its key here; so does this one, for the front door to prove it never asks."""
    when = moment(the_world().born)
    return jsonify({"api_keys": [{"id": "oat_1", "organization_id": organization_id, "token_type": "api",
                                  "token": the_world().key, "valid": True, "created_at": when, "modified_at": when}]})


@blueprint.get("/api/v1/models")
def list_models() -> ResponseReturnValue:
    return jsonify({"models": {"sandbox": "Sandbox - simulated"} | labels(the_world())})


@blueprint.get("/v1/browser_profiles", endpoint="list_profiles")
def list_nothing() -> ResponseReturnValue:
    return jsonify([])


def organization() -> dict[str, Any]:
    world = the_world()
    when = moment(world.born)
    return shape("organization", organization_id=world.organization_id, organization_name="Sandbox - simulated",
                 created_at=when, modified_at=when, **world.defaults)
