"""Running single blocks of a workflow, keeping their browser open, and the browser that a workflow keeps."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from skyvern_ui.sandbox.bodies import json_body, the_world
from skyvern_ui.sandbox.documents import run_document
from skyvern_ui.sandbox.inputs import check_inputs, check_request
from skyvern_ui.sandbox.refusals import Refusal, invalid, whole_number
from skyvern_ui.sandbox.runs import trigger
from skyvern_ui.sandbox.sessions import session_document
from skyvern_ui.sandbox.shapes import shape
from skyvern_ui.sandbox.starting import begin_workflow
from skyvern_ui.sandbox.workflows import find_versions

blueprint = Blueprint("debugging", __name__)
LONGEST_LIFE = 360  # minutes
Block = dict[str, Any]


@blueprint.post("/v1/run/workflows/blocks")
def run_blocks() -> ResponseReturnValue:
    """The named block, at any depth, with no branch taken; for more than one the real server fails. Only for the
    client that calls itself skyvern-ui. With a debug session no list of runs shows it."""
    if request.headers.get("x-user-agent") != "skyvern-ui":
        raise Refusal(403, "Invalid credentials")
    world, body = the_world(), json_body()
    wpid, labels = body.get("workflow_id") or body.get("agent_id"), body.get("block_labels")
    if not isinstance(wpid, str):
        raise invalid(("body", "workflow_id"), "missing", "Field required", body)
    if not isinstance(labels, list):
        raise invalid(("body", "block_labels"), "missing", "Field required", body)
    workflow = find_versions(wpid)[-1]
    known = {str(block.get("label")): block for block in _every(workflow["workflow_definition"]["blocks"])}
    for label in labels:
        if label not in known:
            raise Refusal(400, f"Output parameter for {label} not found in workflow {wpid}")
    check_request(body)
    check_inputs(world, workflow, body.get("parameters"))
    session = world.sessions.get(str(body.get("browser_session_id")))
    if body.get("browser_session_id") and (session is None or world.session_is_over(session)):
        raise Refusal(404 if session is None else 410, f"Browser session {body['browser_session_id']} not found")
    blocks = [known[label] | {"next_block_label": None} for label in labels]
    part = workflow | {"workflow_definition": workflow["workflow_definition"] | {"blocks": blocks}}
    wish = shape("workflow_request", **{k: v for k, v in body.items() if k in shape("workflow_request")})
    if len(labels) > 1:  # its table of block runs has the run as its key
        return jsonify({"error": "Unexpected error: IntegrityError"}), 500
    run = begin_workflow(world, part, wish, trigger=trigger(), is_trial=bool(body.get("debug_session_id")))
    return jsonify(run_document(world, run) | {"block_labels": labels})


@blueprint.post("/v1/browser_sessions/<session_id>/extend")
def extend_session(session_id: str) -> ResponseReturnValue:
    world, body = the_world(), json_body()
    minutes = whole_number(("body", "additional_minutes"), body.get("additional_minutes"), 1, None, 0)
    session = world.sessions.get(session_id)
    if session is None:
        raise Refusal(404, f"Browser session {session_id} not found")
    if not minutes:
        raise invalid(("body", "additional_minutes"), "missing", "Field required", body)
    if world.session_is_over(session):
        raise Refusal(409, f"Browser session {session_id} has already ended and can no longer be extended.")
    if session.timeout >= LONGEST_LIFE:
        raise Refusal(409, "Browser session is already at its maximum lifetime.")
    session.timeout = min(session.timeout + minutes, LONGEST_LIFE)
    return jsonify(session_document(world, session) | {"stream_transport": None})


@blueprint.post("/v1/workflows/<wpid>/browser_session/reset_profile")
@blueprint.post("/v1/workflows/<wpid>/browser_session/refresh", endpoint="refresh_browser")
def reset_profile(wpid: str) -> ResponseReturnValue:
    find_versions(wpid)
    return "", 204, {"content-type": "application/json"}


def _every(blocks: list[Block]) -> list[Block]:
    found = []
    for block in blocks:
        found += [block, *_every(block.get("loop_blocks") or [])]
    return found
