"""One-time codes: sent here, they let the runs go on that wait for them."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from skyvern_ui.sandbox.bodies import json_body, the_world
from skyvern_ui.sandbox.refusals import Refusal, whole_number
from skyvern_ui.sandbox.shapes import moment, shape
from skyvern_ui.sandbox.starting import go_on
from skyvern_ui.sandbox.world import World

blueprint = Blueprint("codes", __name__)
LONGEST_PLAIN = 10  # characters; what is longer is read by the model
LINK, DIGITS = re.compile(r"https?://\S+"), re.compile(r"\b\d{4,8}\b")


@blueprint.post("/v1/credentials/totp")
@blueprint.post("/api/v1/totp", endpoint="send_code_legacy")
def send_code() -> ResponseReturnValue:
    world, body = the_world(), json_body()
    for name in ("totp_identifier", "content"):
        if not isinstance(body.get(name), str):
            raise Refusal(422, [{"type": "missing", "loc": ["body", name], "msg": "Field required"}])  # no input here
    for name, words in (("task_id", "task"), ("workflow_run_id", "workflow run")):
        if body.get(name) and body[name] not in world.runs:
            raise Refusal(400, f"Invalid {words} id: {body[name]}")
    code, kind = _read(body["content"])
    now = moment(world.clock())
    kept = {key: body.get(key) for key in ("content", "task_id", "workflow_id", "workflow_run_id", "source",
                                           "expired_at", "type")}
    document = shape("totp_code", **kept, totp_code_id=world.new_id("totp"), code=code, otp_type=kind,
                     totp_identifier=_address(body["totp_identifier"]), organization_id=world.organization_id,
                     created_at=now, modified_at=now)
    if kind is None:
        return jsonify(document | {"status": "raw_pending"})
    world.codes.append(document)
    _deliver(world, document)
    return jsonify(document)


@blueprint.get("/v1/credentials/totp")
def list_codes() -> ResponseReturnValue:
    """Newest first. The codes are in clear, as on the real server."""
    asked = request.args
    limit = whole_number(("query", "limit"), asked.get("limit"), 1, 200, 50)
    found = the_world().codes[::-1]
    for name in ("totp_identifier", "workflow_run_id", "otp_type"):
        if wanted := asked.get(name):
            found = [code for code in found if code[name] == wanted]
    return jsonify(found[:limit])


def _read(content: str) -> tuple[str, str | None]:
    """The code and its kind; neither when a longer text holds none."""
    text = content.strip()
    if "[model]" in text:
        raise Refusal(502, "OTP extraction is temporarily unavailable. Please retry in a few minutes.")
    if len(text) <= LONGEST_PLAIN:
        return text, "totp"
    if link := LINK.search(text):
        return link[0], "magic_link"
    found = DIGITS.search(text)
    return (found[0], "totp") if found else ("", None)


def _deliver(world: World, code: dict[str, Any]) -> None:
    """To the live runs of that identifier which wait for a code, or will; one that names a run is for that run."""
    meant = {code["task_id"], code["workflow_run_id"]} - {None}
    for run in world.newest_first():
        now = world.clock()
        asks = _address(str(run.request.get("totp_identifier"))) == code["totp_identifier"]
        if not (asks and run.waits == "code" and run.continued is None and not run.is_over(now)):
            continue
        if meant and run.run_id not in meant:
            continue
        if run.pauses_at is not None and now >= run.pauses_at:
            go_on(world, run)
        else:
            for other in (run, *run.below):
                other.waits = None


def _address(identifier: str) -> str:
    return identifier.lower() if "@" in identifier else identifier
