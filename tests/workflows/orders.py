"""A workflow that asks for an input of every type, and what can be typed into it."""

from __future__ import annotations

from typing import Any

from ..sandbox_server import Sandbox

PARAMETERS = [
    {"parameter_type": "workflow", "key": "name", "workflow_parameter_type": "string", "description": "Who"},
    {"parameter_type": "workflow", "key": "count", "workflow_parameter_type": "integer"},
    {"parameter_type": "workflow", "key": "price", "workflow_parameter_type": "float", "default_value": 1.5},
    {"parameter_type": "workflow", "key": "really", "workflow_parameter_type": "boolean"},
    {"parameter_type": "workflow", "key": "extra", "workflow_parameter_type": "json", "default_value": {"a": 1}},
    {"parameter_type": "workflow", "key": "papers", "workflow_parameter_type": "file_url"},
    {"parameter_type": "workflow", "key": "login", "workflow_parameter_type": "credential_id"},
]
TYPED = {"p-name": "Ada Example", "p-count": "3", "p-price": "2.5", "p-really": "true", "p-extra": '{"b": [1, 2]}',
         "p-papers": "https://shop.example.com/a.pdf"}
VALUES = {"name": "Ada Example", "count": 3, "price": 2.5, "really": True, "extra": {"b": [1, 2]},
          "papers": "https://shop.example.com/a.pdf"}


def definition(parameters: list[dict[str, Any]], title: str = "Order lamps", goal: str = "Order") -> dict[str, Any]:
    return {"title": title, "workflow_definition": {"version": 1, "parameters": parameters, "blocks": [
        {"block_type": "navigation", "label": "go", "navigation_goal": goal, "url": "https://shop.example.com"}]}}


def workflow(sandbox: Sandbox, parameters: list[dict[str, Any]], title: str = "Order lamps", goal: str = "Order"
             ) -> str:
    answer = sandbox.call("POST", "/v1/workflows", json={"json_definition": definition(parameters, title, goal)})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["workflow_permanent_id"])


def order(sandbox: Sandbox) -> str:
    return workflow(sandbox, PARAMETERS)


def save_again(sandbox: Sandbox, wpid: str, parameters: list[dict[str, Any]]) -> None:
    answer = sandbox.call("POST", f"/v1/workflows/{wpid}", json={"json_definition": definition(parameters)})
    assert answer.status_code == 200, answer.text


def credential(sandbox: Sandbox, name: str) -> str:
    body = {"name": name, "credential_type": "password", "credential": {"username": "ada@example.com", "password": "x"}}
    return str(sandbox.call("POST", "/v1/credentials", json=body).json()["credential_id"])
