"""The one route that streams server-sent events."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from skyvern_ui.sandbox.bodies import json_body
from skyvern_ui.sandbox.refusals import invalid

blueprint = Blueprint("copilot", __name__)
PAUSE = 0.3  # seconds between events


@blueprint.post("/v1/workflow/copilot/chat-post")
def post_chat() -> ResponseReturnValue:
    body = json_body()
    for name in ("workflow_permanent_id", "workflow_id", "message", "workflow_yaml"):
        if name not in body:
            raise invalid(("body", name), "missing", "Field required", body)
    return Response(_talk(str(body["message"])), mimetype="text/event-stream",
                    headers={"cache-control": "no-store", "x-accel-buffering": "no"})


def _talk(message: str) -> Iterator[str]:
    for number, words in enumerate(("Reading the workflow", "Thinking about the change", "Writing an answer")):
        yield _event({"type": "processing_update", "status": words, "step": number})
        time.sleep(PAUSE)
    if "[fail]" in message:
        yield _event({"type": "error", "error": "Sandbox - simulated failure", "failure_kind": "provider"})
    else:
        yield _event({"type": "response", "message": f"Sandbox - simulated. You said: {message}",
                      "workflow_copilot_chat_id": "wcc_1", "updated_workflow": None})


def _event(told: dict[str, object]) -> str:
    return f"data: {json.dumps(told, ensure_ascii=False)}\n\n"
