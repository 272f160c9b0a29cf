"""Workflows and their versions, under /v1 and the older /api/v1."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from skyvern_ui.sandbox.bodies import json_body, the_world
from skyvern_ui.sandbox.definitions import read_definition, write_workflow
from skyvern_ui.sandbox.refusals import Refusal, invalid, whole_number

blueprint = Blueprint("workflows", __name__)


@blueprint.post("/v1/workflows")
def create_workflow() -> ResponseReturnValue:
    return jsonify(write_workflow(the_world(), read_definition(json_body())))


@blueprint.post("/v1/workflows/<wpid>")
def update_workflow(wpid: str) -> ResponseReturnValue:
    versions = find_versions(wpid)
    return jsonify(write_workflow(the_world(), read_definition(json_body()), versions[-1]))


@blueprint.get("/v1/workflows")
@blueprint.get("/api/v1/workflows", endpoint="list_workflows_legacy")
def list_workflows() -> ResponseReturnValue:
    world, asked = the_world(), request.args
    page = whole_number(("query", "page"), asked.get("page"), 1, None, 1)
    size = whole_number(("query", "page_size"), asked.get("page_size"), 1, None, 10)
    words = (asked.get("search_key") or asked.get("title") or "").lower()
    latest = [versions[-1] for wpid, versions in world.workflows.items() if wpid not in world.deleted]
    if asked.getlist("status"):
        latest = [workflow for workflow in latest if workflow["status"] in asked.getlist("status")]
    found = [workflow for workflow in reversed(latest) if words in workflow["title"].lower()]
    return jsonify(found[(page - 1) * size:page * size])


@blueprint.get("/v1/workflows/<wpid>")
@blueprint.get("/api/v1/workflows/<wpid>", endpoint="show_workflow_legacy")
def show_workflow(wpid: str) -> ResponseReturnValue:
    versions = find_versions(wpid)
    wanted = whole_number(("query", "version"), request.args.get("version"), 1, None, len(versions))
    if wanted > len(versions):
        raise Refusal(404, f"Workflow not found. workflow_permanent_id={wpid}")
    return jsonify(versions[wanted - 1] | {"effective_default_engine": None})


@blueprint.get("/v1/workflows/<wpid>/versions")
@blueprint.get("/api/v1/workflows/<wpid>/versions", endpoint="list_versions_legacy")
def listfind_versions(wpid: str) -> ResponseReturnValue:
    return jsonify(find_versions(wpid)[::-1])


@blueprint.post("/v1/workflows/<wpid>/delete")
@blueprint.delete("/api/v1/workflows/<wpid>", endpoint="delete_workflow_legacy")
def delete_workflow(wpid: str) -> ResponseReturnValue:
    the_world().deleted.add(wpid)
    return jsonify(None)


@blueprint.post("/v1/workflows/create-from-prompt")
def create_from_prompt() -> ResponseReturnValue:
    body = json_body()
    sent = body.get("request")
    wish: dict[str, Any] = sent if isinstance(sent, dict) else {}
    prompt = wish.get("user_prompt") or wish.get("prompt")
    if not isinstance(prompt, str) or not prompt:
        raise invalid(("body", "request"), "missing", "Field required", body)
    if "[fail]" in prompt:
        raise Refusal(500, "Failed to create workflow. Error: Error while using LLMProvider SANDBOX "
                           "— RateLimitError: simulated")
    blocks = [{"block_type": "navigation", "label": "block_1", "navigation_goal": prompt, "url": wish.get("url")}]
    return jsonify(write_workflow(the_world(), {"title": prompt[:60], "status": "auto_generated",
                                                "workflow_definition": {"parameters": [], "blocks": blocks}}))


def find_versions(wpid: str) -> list[dict[str, Any]]:
    world = the_world()
    if wpid not in world.workflows or wpid in world.deleted:
        raise Refusal(404, f"Workflow not found. workflow_permanent_id={wpid}")
    return world.workflows[wpid]
