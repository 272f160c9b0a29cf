"""Making a workflow of a prompt, and running it."""

from __future__ import annotations

import re
from typing import Any

from ..audit import Actor
from ..claims import claim
from ..recorded import send_recorded
from ..skyvern.client import Skyvern
from ..skyvern.errors import Failed, SkyvernError
from ..skyvern.values import Run, Workflow
from .rules import begin

ID = re.compile(r"wpid_\d{1,40}")
TAKEN_OVER = {  # the task form's fields by the names of create-from-prompt
    "proxy_location": "proxy_location", "max_screenshot_scrolls": "max_screenshot_scrolls",
    "data_extraction_schema": "extracted_information_schema", "extra_http_headers": "extra_http_headers",
    "cdp_connect_headers": "cdp_connect_headers", "webhook_url": "webhook_callback_url",
    "totp_identifier": "totp_identifier", "totp_url": "totp_verification_url", "run_with": "run_with",
    "publish_workflow": "publish_workflow",
}
FOR_THE_RUN = ("title", "browser_session_id", "browser_profile_id", "browser_address", "start_fresh_browser",
               "file_ids")
SAID_OTHERWISE = ("prompt", "url", "engine")


def body_of(wanted: dict[str, Any]) -> dict[str, Any]:
    """What create-from-prompt is sent. The address goes into the prompt: the server does not use it otherwise and asks
    its model where to begin (api 3.7)."""
    prompt, url = str(wanted["prompt"]), wanted.get("url")
    if url and url not in prompt:
        prompt = f"{prompt}\nBegin at {url}"
    request = {name: wanted[field] for field, name in TAKEN_OVER.items() if field in wanted}
    version = "v2" if wanted.get("engine") == "skyvern-2.0" else "v1"
    return {"task_version": version, "request": {"user_prompt": prompt, **request}}


def left_out(wanted: dict[str, Any], is_run: bool) -> tuple[str, ...]:
    """The fields that were filled in and that a workflow made of a prompt has no place for."""
    used = {*SAID_OTHERWISE, *TAKEN_OVER, *(FOR_THE_RUN if is_run else ())}
    return tuple(name for name in wanted if name not in used)


def find_made(skyvern: Skyvern, wpid: str) -> Workflow | None:
    """The workflow of this id, to name it; None when there is none, or Skyvern cannot say."""
    if not ID.fullmatch(wpid):
        return None
    try:
        return Workflow.from_json(skyvern.get_workflow(wpid))
    except SkyvernError:
        return None


def make_workflow(skyvern: Skyvern, wanted: dict[str, Any], actor: Actor) -> Workflow:
    """A workflow made of this prompt, recorded, asked for once, claimed. Raises the errors of Skyvern; with TimedOut
    nobody knows whether it was made."""
    body = body_of(wanted)
    made = send_recorded(lambda: _create(skyvern, body), actor, "workflow.create_from_prompt", None,
                         resource="workflow", made=lambda workflow: workflow.permanent_id,
                         prompt=body["request"]["user_prompt"][:200], url=wanted.get("url"))
    claim(made.permanent_id, "workflow", actor)
    return made


def run_made(skyvern: Skyvern, wpid: str, wanted: dict[str, Any], actor: Actor) -> Run:
    """A run of the workflow that was made, with the browser that was asked for. Sent once. Raises the errors of
    Skyvern."""
    body = {"workflow_id": wpid, "parameters": {}, **{name: wanted[name] for name in FOR_THE_RUN if name in wanted}}
    return begin(lambda: skyvern.run_workflow(body), actor, "run.create", workflow=wpid)


def _create(skyvern: Skyvern, body: dict[str, Any]) -> Workflow:
    made = skyvern.create_workflow_from_prompt(body)
    if not ID.fullmatch(made.permanent_id):
        raise Failed("Skyvern answered without the id of the workflow that it made.")
    return made
