"""Beginning a workflow: empty, from a description, from a file, or from a template."""

from __future__ import annotations

import json

from flask import Flask

from ...sandbox_server import Sandbox
from ...support.people import Browser
from .shelf import put, recorded


def test_a_template_becomes_a_workflow_of_ones_own(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    wpid = put(sandbox, "Order", {"key": "lamp"})
    assert "no template yet" in ben.get("/workflows/new").words
    sandbox.call("PUT", f"/v1/workflows/{wpid}/template?is_template=true")
    page = ben.get("/workflows/new")
    assert [each["href"] for each in page.all("a.ways__way")] == ["/tasks#task-form", "/workflows/import"]
    assert page.one('form[action="/workflows/drafts"]')
    form = page.one(f'form[action="/workflows/{wpid}/copies"]')
    sent = {each["name"]: each["value"] for each in form.select('input:not([name="csrf_token"])')}
    made = str(ben.post(form["action"], sent).headers["Location"])
    copy = sandbox.call("GET", f"/v1/workflows/{made.split('/')[2]}").json()
    assert made.endswith("/edit") and (copy["title"], copy["is_template"]) == ("Order", False)


def test_a_template_of_skyverns_own_is_copied_too(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    read = sandbox.call("GET", f"/v1/workflows/{put(sandbox, 'Borrowed')}").json()
    body = json.dumps([read | {"workflow_permanent_id": "wpid_global"}])
    sandbox.fault("/v1/workflows", "status", status=200, body=body)
    page = ben.post("/workflows/templates/wpid_global/copies")
    made = str(page.headers["Location"]).split("/")[2]
    assert sandbox.call("GET", f"/v1/workflows/{made}").json()["title"] == "Borrowed"
    assert recorded(connected, "workflow.create") == [("workflow.create", made, "Ben", "done")]
    assert ben.post("/workflows/templates/wpid_global/copies").status == 404


def test_with_skyvern_away_it_can_still_be_begun(ben: Browser, nobody: Browser, sandbox: Sandbox) -> None:
    sandbox.fault("/v1/workflows", "status", status=500)
    page = ben.get("/workflows/new")
    assert page.status == 200 and "cannot be shown" in page.words and page.one('form[action="/workflows/drafts"]')
    assert nobody.get("/workflows/new").status == 303
