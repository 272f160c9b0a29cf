"""Webhooks: what is sent when a run is over, sent again, and a test. Only addresses of this machine are called."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import time
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from skyvern_ui.sandbox.bodies import json_body, the_world, web_address
from skyvern_ui.sandbox.documents import run_document, workflow_run_document
from skyvern_ui.sandbox.plan import parts_of
from skyvern_ui.sandbox.refusals import Refusal, invalid
from skyvern_ui.sandbox.shapes import moment
from skyvern_ui.sandbox.story import Run
from skyvern_ui.sandbox.task_documents import legacy_task, task_v2_document
from skyvern_ui.sandbox.world import World

blueprint = Blueprint("webhooks", __name__)
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
WITHIN, LONGEST_ANSWER = 10.0, 2048  # seconds; characters
KINDS = ("task", "workflow_run")


@blueprint.get("/v1/internal/runs/<run_id>/test-webhook")
@blueprint.get("/api/v1/internal/runs/<run_id>/test-webhook", endpoint="preview_legacy")
def preview(run_id: str) -> ResponseReturnValue:
    return jsonify(_prepared(the_world(), run_id))


@blueprint.post("/v1/internal/runs/<run_id>/test-webhook")
@blueprint.post("/api/v1/internal/runs/<run_id>/test-webhook", endpoint="replay_legacy")
def replay(run_id: str) -> ResponseReturnValue:
    return jsonify(_replayed(run_id, json_body().get("override_webhook_url")))


@blueprint.post("/v1/runs/<run_id>/retry_webhook")
def retry_webhook(run_id: str) -> ResponseReturnValue:
    return jsonify(_replayed(run_id, (json_body() if request.get_data() else {}).get("webhook_url")))


@blueprint.post("/v1/internal/test-webhook")
@blueprint.post("/api/v1/internal/test-webhook", endpoint="test_webhook_legacy")
def test_webhook() -> ResponseReturnValue:
    body, world = json_body(), the_world()
    url, kind = body.get("webhook_url"), body.get("run_type")
    if not isinstance(url, str):
        raise invalid(("body", "webhook_url"), "missing", "Field required", body)
    if kind not in KINDS:
        raise invalid(("body", "run_type"), "literal_error", "Input should be 'task' or 'workflow_run'", kind,
                      expected="'task' or 'workflow_run'")
    run_id = body.get("run_id") or ("tsk" if kind == "task" else "wr") + "_sample_123456789"
    now = moment(world.clock())
    payload = json.dumps({"run_id": run_id, "run_type": "task_v1" if kind == "task" else kind, "status": "completed",
                          "output": {"note": "Sandbox - simulated"}, "created_at": now, "finished_at": now})
    headers = _signed(world, payload)
    try:
        web_address(url)
    except Refusal as refusal:
        return jsonify({"status_code": None, "latency_ms": 0, "response_body": "", "headers_sent": {},
                        "error": refusal.detail})
    told = _send(url, payload, headers)
    return jsonify(told | {"response_body": told["response_body"] or "", "headers_sent": headers})


def _replayed(run_id: str, url: str | None) -> dict[str, Any]:
    prepared = _prepared(the_world(), run_id)
    target = web_address(url or prepared["default_webhook_url"])
    if target is None:
        raise Refusal(400, "No webhook URL configured for the run.")
    return prepared | {"target_webhook_url": target} | _send(target, prepared["payload"], prepared["headers"])


def _prepared(world: World, run_id: str) -> dict[str, Any]:
    """What is sent for a run: the older document of its kind with the newer one over it, signed."""
    run = world.runs.get(run_id)
    if run is None:
        raise Refusal(404, f"Run {run_id} not found")
    if not run.is_over(world.clock()):
        raise Refusal(400, f"Run {run_id} has not reached a terminal state (status={run.status(world.clock())}).")
    newer = run_document(world, run)
    newer.pop("run_request")
    payload = json.dumps(_older(world, run) | newer, ensure_ascii=False)
    return {"run_id": run_id, "run_type": run.kind, "default_webhook_url": run.request.get("webhook_url"),
            "payload": payload, "headers": _signed(world, payload)}


def _older(world: World, run: Run) -> dict[str, Any]:
    if run.kind == "workflow_run":
        return workflow_run_document(world, run, with_workflow=False)
    told = task_v2_document(world, run)
    if told is None:
        told = legacy_task(world, run, parts_of(run)[0])
        told.pop("request")
    return told


def _signed(world: World, payload: str) -> dict[str, str]:
    """HMAC-SHA256 of the body by the organisation's key; the time is not part of it."""
    return {"x-skyvern-timestamp": str(int(world.clock())), "Content-Type": "application/json",
            "x-skyvern-signature": hmac.new(world.key.encode(), payload.encode(), hashlib.sha256).hexdigest()}


def _send(url: str, payload: str, headers: dict[str, str]) -> dict[str, Any]:
    parts, begun = urlsplit(url), time.monotonic()
    told: dict[str, Any] = {"status_code": None, "latency_ms": 0, "response_body": None, "error": None}
    if parts.hostname not in LOOPBACK or parts.scheme != "http":
        return told | {"error": "Sandbox - simulated: only http addresses of this machine are called."}
    try:
        connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=WITHIN)
        connection.request("POST", parts.path + (f"?{parts.query}" if parts.query else "") or "/", payload.encode(),
                           headers)
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        connection.close()
        told |= {"status_code": answer.status, "response_body": text[:LONGEST_ANSWER]
                 + ("\n... (truncated)" if len(text) > LONGEST_ANSWER else "")}
    except TimeoutError:
        told["error"] = "Request timed out."
    except (OSError, http.client.HTTPException) as problem:
        told["error"] = f"Could not reach URL: {problem}"
    return told | {"latency_ms": int((time.monotonic() - begun) * 1000)}
