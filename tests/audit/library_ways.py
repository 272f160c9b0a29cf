"""Every way to change the library of workflows: folders, labels, copies, imports, exports."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Flask

from ..sandbox_server import Sandbox
from ..support.people import Browser
from ..workflows.library.shelf import folder, label, put

Way = Callable[[Flask, Browser, Sandbox], Any]


def bulk(what: str, **more: str) -> Way:
    return lambda app, ada, s: ada.post(f"/workflows/{what}", {"workflow_id": put(s, "Order"), "sure": "1", **more})


def labelled(ada: Browser, sandbox: Sandbox, path: str, **sent: str) -> Any:
    label(sandbox, put(sandbox, "Order"), "env:prod")
    return ada.post(f"/workflows/labels/{path}", sent)


def moved(ada: Browser, sandbox: Sandbox) -> Any:
    sent = {"workflow_id": put(sandbox, "Order"), "sure": "1", "folder": folder(sandbox, "Shop")}
    return ada.post("/workflows/moves", sent)


def imported(ada: Browser) -> Any:
    text = json.dumps({"title": "A", "workflow_definition": {"parameters": [], "blocks": []}})
    return ada.post(str(ada.post("/workflows/import", {"text": text}).headers["Location"]), {"choice-0": "import"})


def template(ada: Browser, sandbox: Sandbox) -> Any:
    read = sandbox.call("GET", f"/v1/workflows/{put(sandbox, 'Order')}").json()
    sandbox.fault("/v1/workflows", "status", status=200, body=json.dumps([read]))
    return ada.post(f"/workflows/templates/{read['workflow_permanent_id']}/copies")


def exported(app: Flask, ada: Browser) -> Any:
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], export_dir=Path(app.config["SETTINGS"].instance_dir))
    return ada.post("/workflows/transfer/rounds")


WAYS: dict[str, Way] = {
    "workflows.create_folder": lambda app, ada, s: ada.post("/workflows/folders", {"title": "Shop"}),
    "workflows.update_folder": lambda app, ada, s: ada.post(
        f"/workflows/folders/{folder(s, 'Shop')}", {"title": "Lamps"}),
    "workflows.delete_folder": lambda app, ada, s: ada.post(
        f"/workflows/folders/{folder(s, 'Shop')}/deletion", {"contents": "keep", "seen": "0"}),
    "workflows.create_label": lambda app, ada, s: ada.post("/workflows/labels", {"name": "env:prod", "colour": "red"}),
    "workflows.update_label": lambda app, ada, s: labelled(
        ada, s, "label", label="env:prod", name="env:test", colour="red"),
    "workflows.delete_label": lambda app, ada, s: labelled(ada, s, "label/deletion", label="env:prod"),
    "workflows.update_group": lambda app, ada, s: labelled(ada, s, "group", group="env", description="Where"),
    "workflows.delete_group": lambda app, ada, s: labelled(ada, s, "group/deletion", group="env"),
    "workflows.create_moves": lambda app, ada, s: moved(ada, s),
    "workflows.create_labellings": bulk("labellings", labels="urgent"),
    "workflows.create_copies": bulk("copies"),
    "workflows.create_templates": bulk("templates", is_template="1"),
    "workflows.create_deletions": bulk("deletions"),
    "workflows.create_copy": lambda app, ada, s: ada.post(f"/workflows/{put(s, 'Order')}/copies"),
    "workflows.create_copy_of_template": lambda app, ada, s: template(ada, s),
    "workflows.update_template": lambda app, ada, s: ada.post(
        f"/workflows/{put(s, 'Order')}/template", {"is_template": "1"}),
    "workflows.create_deletion": lambda app, ada, s: ada.post(f"/workflows/{put(s, 'Order')}/deletion"),
    "workflows.create_export": lambda app, ada, s: ada.client.post(
        "/workflows/export.zip", data={"csrf_token": ada.token(), "workflow_id": put(s, "Order")},
        headers={"Origin": "http://localhost"}),
    "workflows.create_imported": lambda app, ada, s: imported(ada),
    "workflows.create_export_round": lambda app, ada, s: exported(app, ada),
}
