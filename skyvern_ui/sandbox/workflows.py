"""Workflows and their versions, under /v1 and the older /api/v1."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from skyvern_ui.sandbox.bodies import json_body, the_world
from skyvern_ui.sandbox.definitions import read_definition, read_text, write_workflow
from skyvern_ui.sandbox.refusals import Refusal, invalid, whole_number
from skyvern_ui.sandbox.words import NO_BALANCE
from skyvern_ui.sandbox.workflow_list import listed

blueprint = Blueprint("workflows", __name__)


@blueprint.post("/v1/workflows")
def create_workflow() -> ResponseReturnValue:
    return jsonify(write_workflow(the_world(), read_definition(json_body())))


@blueprint.post("/v1/workflows/<wpid>")
def update_workflow(wpid: str) -> ResponseReturnValue:
    versions = find_versions(wpid)
    return jsonify(write_workflow(the_world(), read_definition(json_body()), versions[-1]))


@blueprint.post("/api/v1/workflows")
def create_workflow_from_text() -> ResponseReturnValue:
    sent = read_text(request.get_data(as_text=True))
    if folder := request.args.get("folder_id"):
        sent["folder_id"] = folder
    return jsonify(write_workflow(the_world(), sent))


@blueprint.put("/api/v1/workflows/<wpid>")
def update_workflow_from_text(wpid: str) -> ResponseReturnValue:
    """As 1.0.56: a version that is not the newest is refused, when it is named."""
    sent = read_text(request.get_data(as_text=True))
    newest = find_versions(wpid)[-1]
    expected = whole_number(("query", "expected_version"), request.args.get("expected_version"), 1, None,
                            newest["version"])
    if expected != newest["version"]:
        raise Refusal(409, f"Concurrent update detected for workflow {wpid}. Please retry.")
    return jsonify(write_workflow(the_world(), sent, newest))


@blueprint.get("/v1/workflows")
@blueprint.get("/api/v1/workflows", endpoint="list_workflows_legacy")
def list_workflows() -> ResponseReturnValue:
    return jsonify(listed(the_world(), request.args))


@blueprint.get("/v1/workflows/<wpid>")
@blueprint.get("/api/v1/workflows/<wpid>", endpoint="show_workflow_legacy")
def show_workflow(wpid: str) -> ResponseReturnValue:
    versions = find_versions(wpid)
    wanted = whole_number(("query", "version"), request.args.get("version"), 1, None, len(versions))
    if wanted > len(versions):
        raise Refusal(404, f"Workflow not found. workflow_permanent_id={wpid}, version={wanted}")
    return jsonify(versions[wanted - 1] | {"effective_default_engine": None})


@blueprint.get("/v1/workflows/<wpid>/versions")
@blueprint.get("/api/v1/workflows/<wpid>/versions", endpoint="list_versions_legacy")
def list_versions(wpid: str) -> ResponseReturnValue:
    """Of a workflow that is not there: none."""
    world = the_world()
    return jsonify([] if wpid in world.deleted else world.workflows.get(wpid, [])[::-1])


@blueprint.post("/v1/workflows/<wpid>/delete")
@blueprint.delete("/api/v1/workflows/<wpid>", endpoint="delete_workflow_legacy")
def delete_workflow(wpid: str) -> ResponseReturnValue:
    the_world().deleted.add(wpid)
    return jsonify(None)


@blueprint.post("/v1/workflows/create-from-prompt")
def create_from_prompt() -> ResponseReturnValue:
    """As 1.0.56: the address that is sent is not used, and whatever goes wrong is a 500 with the model's words."""
    body = json_body()
    version, sent = body.get("task_version", "v1"), body.get("request")
    if version not in ("v1", "v2"):
        words = f"Input tag '{version}' found using 'task_version' does not match any of the expected tags: 'v1', 'v2'"
        raise invalid((), "union_tag_invalid", words, body)
    if not isinstance(sent, dict):
        raise invalid((version, "request"), "missing", "Field required", body)
    prompt = sent.get("user_prompt")
    if not isinstance(prompt, str):
        raise invalid((version, "request", "user_prompt"), "missing", "Field required", sent)
    if "[model]" in prompt:
        raise Refusal(500, f"Failed to create workflow. Error: {NO_BALANCE}")
    named = re.search(r"https?://[^\s\"'<>]+", prompt)  # what the model finds in it
    block: dict[str, Any] = {"block_type": "navigation", "label": "block_1", "navigation_goal": prompt,
                             "url": named.group() if named else ""}
    if version == "v2":
        block = {"block_type": "task_v2", "label": "block_1", "prompt": prompt, "url": None}
    return jsonify(write_workflow(the_world(), {
        "title": prompt.strip().split("\n")[0][:60],
        "status": "published" if sent.get("publish_workflow") else "auto_generated",
        "workflow_definition": {"parameters": [], "blocks": [block]}}))


def find_versions(wpid: str) -> list[dict[str, Any]]:
    world = the_world()
    if wpid not in world.workflows or wpid in world.deleted:
        raise Refusal(404, f"Workflow not found. workflow_permanent_id={wpid}")
    return world.workflows[wpid]
