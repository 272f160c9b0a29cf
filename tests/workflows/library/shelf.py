"""Workflows to look at, put into the sandbox without a word in the audit log."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy import select

from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog

from ...sandbox_server import Sandbox


def put(sandbox: Sandbox, title: str, *inputs: dict[str, Any], **more: Any) -> str:
    """A workflow of one block with these inputs; its id."""
    block = {"block_type": "goto_url", "label": "open_shop", "url": "https://shop.example.com"}
    parameters = [{"parameter_type": "workflow", "workflow_parameter_type": "string", **each} for each in inputs]
    return sandbox.workflow({"title": title, "workflow_definition": {
        "parameters": parameters, "blocks": [block]}, **more})


def folder(sandbox: Sandbox, title: str, *wpids: str) -> str:
    """A folder with these workflows; its id."""
    made = str(sandbox.call("POST", "/v1/folders", json={"title": title}).json()["folder_id"])
    for wpid in wpids:
        assert sandbox.call("PUT", f"/v1/workflows/{wpid}/folder", json={"folder_id": made}).status_code == 200
    return made


def label(sandbox: Sandbox, wpid: str, *texts: str) -> None:
    """Labels on a workflow: `label` or `group:value`."""
    tags = [{"key": text.split(":")[0] if ":" in text else None, "value": text.split(":")[-1]} for text in texts]
    assert sandbox.call("POST", f"/v1/workflows/{wpid}/tags", json={"tags": tags}).status_code == 200


def labels_of(sandbox: Sandbox, wpid: str) -> set[str]:
    found = sandbox.call("GET", f"/v1/workflows/{wpid}/tags").json()["tags"]
    return {f"{tag['key']}:{tag['value']}" if tag["key"] else tag["value"] for tag in found}


def recorded(app: Flask, *actions: str) -> list[tuple[str, str | None, str | None, str | None]]:
    """What the audit log says: action, id, who, how it ended; the oldest first."""
    with app.app_context():
        rows = db.session.scalars(select(AuditLog).where(AuditLog.action.in_(actions)).order_by(
            AuditLog.created_at, AuditLog.id)).all()
        return [(row.action, row.resource_id, row.user_name, row.outcome) for row in rows]


def writes(sandbox: Sandbox) -> list[tuple[str, str]]:
    """What was sent to Skyvern that changes something; reading labels by POST is none."""
    return [(each["method"], each["target"]) for each in sandbox.requests("/")
            if each["method"] != "GET" and not each["target"].startswith(("/v1/workflow-tags", "/__"))]
