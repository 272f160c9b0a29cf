"""A house in which every page of workflows, schedules and the palette has something to show; all of it named by one
text, so that the text can be a hostile one."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import Any

from flask import Flask

from skyvern_ui.workflows.definition.document import as_text, document_of
from skyvern_ui.workflows.drafts.rules import looked_at, step

from ..sandbox_server import Sandbox
from ..support.people import Browser, Page
from ..support.server import wait_for
from .batches.tables import upload
from .library.shelf import folder, label

FEATURES = ("workflows", "schedules", "palette")
SOCKETS = {"workflows.drive_trial_browser", "workflows.watch_trial_browser", "workflows.drive_trial_browser_by_vnc"}
PLACE = re.compile(r"<(?:[^<>]*:)?(\w+)>")
Json = dict[str, Any]


def definition(name: str, goal: str = "Order") -> Json:
    """A workflow with a loop, a branch, code and every kind of text."""
    return {
        "title": name, "description": name, "totp_identifier": name, "webhook_callback_url": "javascript:alert(1)",
        "run_with": "code", "workflow_definition": {"version": 1, "parameters": [
            {"parameter_type": "workflow", "key": "lamp", "workflow_parameter_type": "string", "description": name,
             "default_value": name}],
            "blocks": [
                {"block_type": "navigation", "label": "go", "title": name, "navigation_goal": f"{goal} {name}",
                 "url": "javascript:alert(1)", "error_code_mapping": {name: name}},
                {"block_type": "code", "label": "count", "code": f"x = '''{name}'''"},
                {"block_type": "for_loop", "label": "each", "loop_variable_reference": name, "loop_blocks": [
                    {"block_type": "extraction", "label": "read", "data_extraction_goal": name,
                     "data_schema": {"type": "object", "properties": {name: {"type": "string", "description": name}}}}
                ]}]}}


@dataclass(frozen=True)
class House:
    """`values` fill the places in addresses, `queries` what else an address must say, by endpoint."""

    wpid: str
    values: dict[str, str]
    queries: dict[str, dict[str, str]]

    def pages(self, app: Flask) -> list[tuple[str, dict[str, str]]]:
        """Every page and fragment, as addresses with their queries."""
        return [(PLACE.sub(lambda place: self.values[place[1]], rule.rule), self.queries.get(rule.endpoint, {}))
                for rule in app.url_map.iter_rules() if rule.endpoint.split(".")[0] in FEATURES
                and "GET" in (rule.methods or ()) and rule.endpoint not in SOCKETS]


def filled(app: Flask, person: Browser, user_id: str, sandbox: Sandbox, name: str) -> House:
    """Everything there can be, made by the ways people make it; `name` is called so."""
    wpid = sandbox.workflow(definition(name))
    assert sandbox.call("POST", f"/v1/workflows/{wpid}", json={"json_definition": definition(name, "Buy")}).ok
    run_id = sandbox.run_workflow(wpid, parameters={"lamp": name})
    shelf = folder(sandbox, name, wpid)
    label(sandbox, wpid, "env:prod", "plain")
    plan = {"how": "daily", "times": "09:00", "timezone": "Europe/Berlin", "name": name, "description": name,
            "p-lamp": name}
    schedule = made(person.post(f"/workflows/{wpid}/schedules", plan))
    table = upload(person, wpid, f'"{name}",lamp\n"{name}","{name}"\n'.replace('""', '"'), f"{name[:60]}.csv")
    batch = made(table).removesuffix("/mapping")
    assert person.post(f"{batch}/mapping", {"c-lamp": "0"}).status == 303
    started = made(upload(person, wpid, "lamp\nred\n", f"{name[:60]}.csv")).removesuffix("/mapping")
    assert person.post(f"{started}/mapping", {"c-lamp": "0"}).status == 303
    assert person.post(f"{started}/start", {"title": name, "at_once": "1"}).status == 303
    bulk = made(person.post("/workflows/copies", {"workflow_id": wpid, "sure": "1"}))
    read = sandbox.call("GET", f"/v1/workflows/{wpid}").json()
    parcel = made(imported(person, as_text(document_of(read)), name))
    report = made(person.post(made(imported(person, as_text(document_of(read)), name))))
    with app.app_context():
        draft = looked_at(user_id, wpid, read)
        document = {**draft.document, "title": f"{name} 2"}
        document["workflow_definition"]["blocks"][0]["label"] = name
        document["workflow_definition"]["parameters"].append(
            {"parameter_type": "workflow", "key": name, "workflow_parameter_type": "string"})
        step(draft, document, name)
    wait_for(lambda: sandbox.call("GET", f"/v1/runs/{run_id}").json()["status"] != "running", 20, "the run to end")
    scripts = sandbox.call("GET", f"/v1/scripts/workflows/{wpid}").json()["scripts"]
    ends = {key: path.rsplit("/", 1)[-1] for key, path in (
        ("folder_id", shelf), ("schedule_id", schedule), ("batch_id", batch), ("report_id", bulk),
        ("parcel_id", parcel), ("import_report", report), ("started", started))}
    one = {"label": name, "block": name, "key": name, "name": name, "words": name, "q": name, "side": "text",
           "what": "block", "text": name, "place": name}
    named = {"workflows.show_label": {"name": "env:prod"}, "workflows.show_group": {"name": "env"},
             "workflows.show_comparison_of_versions": {"from": "1", "to": "2"}, "workflows.new_run": {"from": run_id},
             "workflows.show_comparison_of_scripts": {"from": "1", "to": "1"},
             "workflows.edit_name": {"what": "block", "name": name, "label": name},
             "schedules.new_schedule": {"copy": ends["schedule_id"]}}
    queries = {rule.endpoint: named.get(rule.endpoint, one) for rule in app.url_map.iter_rules()}
    values = ends | {"wpid": wpid, "number": "1", "kind": "json", "name": "main.py",
                     "script_id": scripts[0]["script_id"] if scripts else "s_1"}
    return House(wpid, values, queries)


def imported(person: Browser, text: str, name: str) -> Page:
    """A file is handed in, and one beside it that cannot be read."""
    files = [(io.BytesIO(text.encode()), f"{name[:60]}.yaml"), (io.BytesIO(b"- x"), f"{name[:60]}2.yaml")]
    return Page(person.client.post("/workflows/import", content_type="multipart/form-data", data={
        "csrf_token": person.token(), "files": files}, headers={"Origin": "http://localhost"}))


def made(page: Page) -> str:
    assert page.status == 303, page.words[:500]
    return str(page.headers["Location"])
