"""Credentials as Skyvern lists them: names and kinds, never a value."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from skyvern_ui.sandbox.bodies import json_body, the_world
from skyvern_ui.sandbox.refusals import Refusal, invalid, not_one_of, whole_number

blueprint = Blueprint("credentials", __name__)
KINDS = ("password", "credit_card", "secret")
LOGIN = {"username": "ada@example.com", "totp_type": "none", "totp_identifier": None, "has_totp": False}
EXAMPLES = {"password": LOGIN, "credit_card": {"last_four": "4242", "brand": "Example"},
            "secret": {"secret_label": None}}


@blueprint.get("/v1/credentials")
@blueprint.get("/api/v1/credentials", endpoint="list_credentials_legacy")
def list_credentials() -> ResponseReturnValue:
    page = whole_number(("query", "page"), request.args.get("page"), 1, None, 1)
    size = whole_number(("query", "page_size"), request.args.get("page_size"), 1, None, 10)
    kind, words = request.args.get("credential_type"), request.args.get("search", "").lower()
    if kind is not None and kind not in KINDS:
        raise not_one_of(("query", "credential_type"), KINDS, kind)
    found = [each for each in reversed(the_world().credentials.values())
             if kind in (None, each["credential_type"]) and words in each["name"].lower()]
    return jsonify(found[(page - 1) * size:page * size])


@blueprint.get("/v1/credentials/<credential_id>")
@blueprint.get("/api/v1/credentials/<credential_id>", endpoint="show_credential_legacy")
def show_credential(credential_id: str) -> ResponseReturnValue:
    found = the_world().credentials.get(credential_id)
    if found is None:
        raise Refusal(404, f"Credential not found, credential_id={credential_id}")
    return jsonify(found)


@blueprint.post("/v1/credentials")
def create_credential() -> ResponseReturnValue:
    return jsonify(_create()), 201


@blueprint.post("/api/v1/credentials")
def create_credential_legacy() -> ResponseReturnValue:
    return jsonify(_create())


def _create() -> dict[str, Any]:
    body, world = json_body(), the_world()
    for name in ("name", "credential_type", "credential"):
        if name not in body:
            raise invalid(("body", name), "missing", "Field required", None)
    kind = body["credential_type"]
    if kind not in KINDS:
        raise not_one_of(("body", "credential_type"), KINDS, kind)
    credential_id = world.new_id("cred")
    world.credentials[credential_id] = {
        "credential_id": credential_id, "name": body["name"], "credential_type": kind, "credential": EXAMPLES[kind],
        "vault_type": "skyvern", "browser_profile_id": None, "auto_profile_disabled": False,
        "pin_saved_session_ip": False, "tested_url": None, "user_context": None, "save_browser_session_intent": None,
        "run_sequentially": False, "folder_id": None, "proxy_location": None, "proxy_session_id": None,
        "created_by": world.person}
    return world.credentials[credential_id]
