"""Labels: groups, values and colours, renamed and deleted for every workflow that carries them."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from ...sandbox_server import Sandbox
from ...support.people import Browser
from ..library.shelf import label, labels_of, put, recorded, writes

BASE = "/workflows/labels"


def registered(sandbox: Sandbox) -> list[tuple[str, str, str, int]]:
    return [(v["key"], v["value"], v["color"], v["workflow_count"])
            for v in sandbox.call("GET", "/v1/tag-values").json()]


def test_a_label_is_made_coloured_and_renamed(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    wpid = put(sandbox, "One")
    assert ben.post(BASE, {"name": "env:prod", "colour": "green"}).status == 303
    label(sandbox, wpid, "env:prod")
    page = ben.get(f"{BASE}/label?name=env:prod")
    assert "On 1 workflow" in page.words and page.one("input[checked][name=colour]")["value"] == "green"
    sent = {"label": "env:prod", "name": "env:live", "colour": "red"}
    assert ben.post(f"{BASE}/label", sent).status == 303
    assert registered(sandbox) == [("env", "live", "red", 1)] and labels_of(sandbox, wpid) == {"env:live"}
    assert page.one('a[href="/workflows/labels"].btn')
    assert ben.get("/workflows").one(f"#workflow-{wpid} td.table__tags .label")["data-colour"] == "red"
    assert [row[:2] for row in recorded(connected, "tag_value.create", "tag_value.update", "tag_value.rename")] == [
        ("tag_value.create", "env:prod"), ("tag_value.update", "env:prod"), ("tag_value.rename", "env:prod")]


def test_labels_are_deleted_with_their_count(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    one, two = put(sandbox, "One"), put(sandbox, "Two")
    label(sandbox, one, "env:prod", "team:blue")
    label(sandbox, two, "env:test")
    assert "taken from 1 workflow" in ben.get(f"{BASE}/label?name=env:prod").words
    ben.post(f"{BASE}/label/deletion", {"label": "env:prod"})
    assert labels_of(sandbox, one) == {"team:blue"}
    assert "taken from 1 workflow" in ben.get(f"{BASE}/group?name=env").words
    ben.post(f"{BASE}/group/deletion", {"group": "env"})
    assert labels_of(sandbox, two) == set() and [v[0] for v in registered(sandbox)] == ["team"]
    assert [row[3] for row in recorded(connected, "tag_value.delete", "tag_key.delete")] == ["done", "done"]


def test_plain_labels_are_renamed_and_deleted_on_each_workflow(ben: Browser, sandbox: Sandbox) -> None:
    ids = [put(sandbox, f"W{n}") for n in range(3)]
    for wpid in ids[:2]:
        label(sandbox, wpid, "urgent")
    label(sandbox, ids[2], "speed:urgent")
    assert "2 workflows" in ben.get(BASE).one("#plain-labels").get_text()
    ben.post(f"{BASE}/label", {"label": "urgent", "name": "soon", "colour": "gray"})
    assert [labels_of(sandbox, wpid) for wpid in ids] == [{"soon"}, {"soon"}, {"speed:urgent"}]
    ben.post(f"{BASE}/label/deletion", {"label": "soon"})
    assert labels_of(sandbox, ids[0]) == set() and ben.get(f"{BASE}/label?name=soon").status == 404


def test_groups_are_described(ben: Browser, sandbox: Sandbox) -> None:
    label(sandbox, put(sandbox, "One"), "env:prod")
    ben.post(f"{BASE}/group", {"group": "env", "description": "Where it runs"})
    assert "Where it runs" in ben.get(BASE).one("#group-env").get_text()
    assert ben.post(f"{BASE}/group", {"group": "env", "description": "x" * 501}).status == 422


@pytest.mark.parametrize(("sent", "status", "sentence"), [
    ({"name": ""}, 422, "Name the label"), ({"name": "plain"}, 422, "group:value"),
    ({"name": "skyvern.a:b"}, 422, "belong to Skyvern"), ({"name": "env:a,b"}, 422, "comma"),
    ({"name": "env:*"}, 422, "any value of a group"), ({"name": "env:a", "colour": "#ff0000"}, 422, "Colour"),
    ({"name": "env:prod"}, 409, "is a label env:prod already")])
def test_what_will_not_do_stays_in_the_form(ben: Browser, sandbox: Sandbox, sent: dict[str, Any], status: int,
                                            sentence: str) -> None:
    label(sandbox, put(sandbox, "One"), "env:prod")
    page = ben.post(BASE, {"colour": "blue", **sent})
    assert page.status == status and sentence in page.words
    assert page.one("#name").get("value", "") == sent["name"]


def test_two_labels_are_not_made_one_and_groups_are_kept(ben: Browser, sandbox: Sandbox) -> None:
    label(sandbox, put(sandbox, "One"), "env:prod")
    label(sandbox, put(sandbox, "Two"), "env:test")
    merged = ben.post(f"{BASE}/label", {"label": "env:prod", "name": "env:test", "colour": "gray"})
    assert merged.status == 409 and "not made one" in merged.words
    sandbox.forget_calls()
    moved = ben.post(f"{BASE}/label", {"label": "env:prod", "name": "team:prod", "colour": "gray"})
    assert moved.status == 422 and "stays in its group" in moved.words and writes(sandbox) == []


def test_what_is_not_there_and_away(ben: Browser, nobody: Browser, sandbox: Sandbox) -> None:
    assert "No labels yet" in ben.get(BASE).words
    for path in ("label?name=env:x", "label?name=", "label?name=x", "group?name=env", "group?name=a/b", "group"):
        assert ben.get(f"{BASE}/{path}").status == 404
    assert nobody.get(BASE).status == 303
    sandbox.fault("/v1/tag-values", "status", status=404, body='{"detail":"Not Found"}')
    assert "no labels of workflows" in ben.get(BASE).words
    sandbox.fault("/v1/tag-values", "status", status=500)
    assert ben.get(BASE).status == 200
