"""Reading a workflow definition that was sent, and storing it as a version."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from skyvern_ui.sandbox.kinds import SCENES
from skyvern_ui.sandbox.refusals import Refusal, invalid
from skyvern_ui.sandbox.shapes import SHAPES, moment, shape
from skyvern_ui.sandbox.world import World

WHERE = ("body", "json_definition")


def read_definition(body: dict[str, Any]) -> dict[str, Any]:
    """The JSON form only: the sandbox knows no YAML and says so."""
    sent = body.get("json_definition")
    if body.get("yaml_definition"):
        raise Refusal(422, "Sandbox - simulated: send json_definition, YAML is not understood here.")
    if not isinstance(sent, dict):
        raise Refusal(422, "Invalid workflow definition. Workflow should be provided in either yaml or json format.")
    definition = sent.get("workflow_definition")
    if not sent.get("title"):
        raise invalid((*WHERE, "title"), "missing", "Field required", sent)
    if not isinstance(definition, dict) or not isinstance(definition.get("blocks"), list):
        raise invalid((*WHERE, "workflow_definition"), "missing", "Field required", sent)
    _check_labels(definition)
    return sent


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
    given = kept | {
        "workflow_id": version_id, "workflow_permanent_id": wpid, "agent_id": wpid,
        "organization_id": world.organization_id, "version": before["version"] + 1 if before else 1,
        "status": sent.get("status") or "published", "created_at": before["created_at"] if before else now,
        "modified_at": now, "created_by": world.person, "edited_by": world.person,
        "workflow_definition": shape(
            "definition", parameters=parameters,
            blocks=[_block(block, world, version_id, parameters) for block in definition["blocks"]]),
    }
    return known | given


def _check_labels(definition: dict[str, Any]) -> None:
    labels = [block.get("label") for block in definition["blocks"] if isinstance(block, dict)]
    twice = sorted({str(label) for label in labels if labels.count(label) > 1})
    if twice:
        words = f"Block labels must be unique within a workflow. Found duplicate label(s): {', '.join(twice)}"
        raise invalid((*WHERE, "workflow_definition"), "value_error", f"Value error, {words}", definition, error={})


def _block(block: dict[str, Any], world: World, version_id: str, parameters: list[dict[str, Any]]) -> dict[str, Any]:
    """A block as it is read: those with a browser are alike, some were recorded whole, the rest share a little."""
    kind = f"block_{block.get('block_type')}"
    usual = shape(kind if kind in SHAPES else "block_goto_url" if block.get("block_type") in SCENES else "block_usual")
    sent = {key: value for key, value in block.items() if key != "parameter_keys"}
    if "loop_blocks" in sent:
        sent["loop_blocks"] = [_block(inner, world, version_id, parameters) for inner in sent["loop_blocks"]]
    if over := sent.pop("loop_over_parameter_key", None) or sent.get("loop_variable_reference"):
        known = [p for p in parameters if p.get("key") == over]
        sent |= {"loop_over": known[0] if known else None, "loop_variable_reference": over}
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
    now = moment(world.clock())
    sent = [shape("workflow_parameter", workflow_parameter_id=world.new_id("wp"), workflow_id=version_id,
                  created_at=f"{now}Z", modified_at=f"{now}Z") | parameter
            for parameter in definition.get("parameters") or []]
    return sent + [_output_parameter(str(block.get("label")), world, version_id) for block in definition["blocks"]]


def _output_parameter(label: str, world: World, version_id: str) -> dict[str, Any]:
    now = moment(world.clock())
    return shape("output_parameter", parameter_type="output", key=f"{label}_output", workflow_id=version_id,
                 description=f"Output parameter for block {label}", created_at=now, modified_at=now,
                 output_parameter_id=world.new_id("op"))
