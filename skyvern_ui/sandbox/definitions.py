"""Reading a workflow definition that was sent, and storing it as a version."""

from __future__ import annotations

import json
from typing import Any, cast
from uuid import uuid4

import yaml

from skyvern_ui.sandbox.judging import Flaw, every_block, is_graph, judge
from skyvern_ui.sandbox.kinds import SCENES
from skyvern_ui.sandbox.refusals import Refusal, invalid
from skyvern_ui.sandbox.shapes import SHAPES, moment, shape
from skyvern_ui.sandbox.world import World

WHERE = ("body", "json_definition")
MADE_IDS = {"aws_secret": "aws_secret_parameter_id", "onepassword": "onepassword_credential_parameter_id"}


def read_definition(body: dict[str, Any]) -> dict[str, Any]:
    """The wrapper of /v1: `json_definition`, or `yaml_definition`, which wins."""
    if isinstance(text := body.get("yaml_definition"), str) and text:
        return read_text(text)
    sent = body.get("json_definition")
    if not isinstance(sent, dict):
        raise Refusal(422, "Invalid workflow definition. Workflow should be provided in either yaml or json format.")
    sent.get("workflow_definition", {}).setdefault("parameters", [])
    try:
        judge(sent)
    except Flaw as flaw:
        raise invalid((*WHERE, *flaw.where), flaw.kind, flaw.words, flaw.given, **flaw.context) from None
    return sent


def read_text(text: str) -> dict[str, Any]:
    """The bare YAML of /api/v1; JSON is YAML too."""
    try:
        sent = _loaded(text)
    except yaml.MarkedYAMLError as error:
        begun = f" ({error.context}{_place(error.context_mark)})" if error.context_mark else ""
        raise Refusal(422, f"Invalid YAML: {error.problem}{_place(error.problem_mark)}{begun}") from None
    try:
        judge(sent)
    except Flaw as flaw:
        raise Refusal(422, flaw.text) from None
    return cast(dict[str, Any], sent)


def _place(mark: Any) -> str:
    return f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)  # much faster than as YAML, and the same
    except ValueError:
        return yaml.safe_load(text)


def write_workflow(world: World, sent: dict[str, Any], before: dict[str, Any] | None = None) -> dict[str, Any]:
    """Store a new workflow, or a new version of `before`; the answer is the workflow as it is read."""
    workflow = make_workflow(world, sent, before)
    world.workflows.setdefault(workflow["workflow_permanent_id"], []).append(workflow)
    return workflow


def make_workflow(world: World, sent: dict[str, Any], before: dict[str, Any] | None = None) -> dict[str, Any]:
    now = moment(world.clock())
    wpid = before["workflow_permanent_id"] if before else world.new_id("wpid")
    version_id = world.new_id("w")
    known = shape("workflow")
    kept = {key: value for key, value in sent.items() if key in known and key != "workflow_definition"}
    definition = dict(sent["workflow_definition"])
    parameters = _parameters(definition, world, version_id)
    of_definition = {key: value for key, value in definition.items() if key in shape("definition")}
    graph = 2 if is_graph(definition["blocks"]) else 1
    for key in ("folder_id", "is_template"):
        if before and not kept.get(key):
            kept[key] = before[key]
    given = kept | {
        "workflow_id": version_id, "workflow_permanent_id": wpid, "agent_id": wpid,
        "organization_id": world.organization_id, "version": before["version"] + 1 if before else 1,
        "status": sent.get("status") or "published", "created_at": before["created_at"] if before else now,
        "modified_at": now, "created_by": world.person, "edited_by": world.person,
        "workflow_definition": shape("definition", **(of_definition | {
            "version": definition.get("version") or graph, "parameters": parameters,
            "blocks": [_block(block, world, version_id, parameters) for block in definition["blocks"]]})),
    }
    return known | given


def _block(block: dict[str, Any], world: World, version_id: str, parameters: list[dict[str, Any]]) -> dict[str, Any]:
    """A block as it is read: those with a browser are alike, some were recorded whole, the rest share a little."""
    kind = f"block_{block.get('block_type')}"
    usual = shape(kind if kind in SHAPES else "block_goto_url" if block.get("block_type") in SCENES else "block_usual")
    sent = {key: value for key, value in block.items() if key != "parameter_keys"}
    if keys := block.get("parameter_keys"):
        sent["parameters"] = [each for key in keys for each in parameters if each.get("key") == key]
    if "loop_blocks" in sent:
        sent["loop_blocks"] = [_block(inner, world, version_id, parameters) for inner in sent["loop_blocks"]]
    if over := sent.pop("loop_over_parameter_key", None) or sent.get("loop_variable_reference"):
        sent["loop_over"] = next((p for p in parameters if p.get("key") == str(over).strip(" {}")), None)
    if "branch_conditions" in sent:
        sent["branch_conditions"] = [_branch(branch) for branch in sent["branch_conditions"]]
    return usual | sent | {"output_parameter": _output_parameter(str(block.get("label")), world, version_id)}


def _branch(branch: dict[str, Any]) -> dict[str, Any]:
    usual = {"id": str(uuid4()), "criteria": None, "next_block_label": None, "description": None, "is_default": False}
    whole = usual | branch
    if whole["criteria"]:
        whole["criteria"] = {"criteria_type": "jinja2_template", "description": None} | whole["criteria"]
    return whole


def _parameters(definition: dict[str, Any], world: World, version_id: str) -> list[dict[str, Any]]:
    sent = [_parameter(each, world, version_id) for each in definition.get("parameters") or []]
    outputs = [_output_parameter(str(block.get("label")), world, version_id)
               for block in every_block(definition["blocks"])]
    by_key = {each["key"]: each for each in [*sent, *outputs]}
    for each in sent:
        if each["parameter_type"] == "context":
            each["source"] = by_key.get(each.pop("source_parameter_key", None))
    return [*sent, *outputs]


def _parameter(sent: dict[str, Any], world: World, version_id: str) -> dict[str, Any]:
    """A parameter as it is read: with an id of its kind and times."""
    now, kind = moment(world.clock()), sent.get("parameter_type", "workflow")
    times = {"created_at": f"{now}Z", "modified_at": f"{now}Z"}
    if kind == "workflow":
        made = {"workflow_parameter_id": world.new_id("wp"), "workflow_id": version_id, **times}
        return shape("workflow_parameter", **made) | sent
    if kind == "context":
        return {"description": None, "value": None, **sent}
    return {"description": None, **sent, MADE_IDS.get(kind, f"{kind}_parameter_id"): world.new_id("p"),
            "workflow_id": version_id, "deleted_at": None, **times}


def _output_parameter(label: str, world: World, version_id: str) -> dict[str, Any]:
    now = moment(world.clock())
    return shape("output_parameter", parameter_type="output", key=f"{label}_output", workflow_id=version_id,
                 description=f"Output parameter for block {label}", created_at=now, modified_at=now,
                 output_parameter_id=world.new_id("op"))
