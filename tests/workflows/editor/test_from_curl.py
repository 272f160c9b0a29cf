"""An HTTP request block is filled from a cURL command, by script and without, and nothing else of it is lost."""

from __future__ import annotations

import pytest
from flask import Flask

from ...sandbox_server import Sandbox
from ...support.people import Browser
from .documents import document, goto
from .pages import Desk, block, stored

COMMAND = "curl https://api.example/orders -H 'X-Shop: 7' -d '{\"lamp\": \"Alva\"}'"


@pytest.fixture
def desk(connected: Flask, ben: Browser, sandbox: Sandbox) -> Desk:
    return Desk(ben, sandbox.workflow(document(
        goto("open_shop"), {"block_type": "http_request", "label": "call", "url": "https://old.example", "timeout": 9,
                            "continue_on_failure": True})))


@pytest.mark.parametrize("htmx", [True, False])
def test_a_command_fills_the_block(desk: Desk, sandbox: Sandbox, htmx: bool) -> None:
    assert desk.get("/block?label=call").one('textarea[name="command"]')
    assert not desk.get("/block?label=open_shop").all('textarea[name="command"]')
    answer = desk.post("block/curl", htmx, label="call", command=COMMAND)
    assert answer.status == (200 if htmx else 303)
    desk.save()
    call = block(stored(sandbox, desk.wpid), "call")
    assert (call["method"], call["url"], call["body"]) == ("POST", "https://api.example/orders", {"lamp": "Alva"})
    assert call["headers"] == {"X-Shop": "7", "Content-Type": "application/json"}
    assert call["timeout"] == 9 and call["continue_on_failure"] is True


def test_one_undo_takes_it_back(desk: Desk) -> None:
    desk.post("block/curl", label="call", command=COMMAND)
    page = desk.get()
    assert "call from a cURL command" in page.one("#undo")["title"]
    desk.post("position", False, to=page.one("#undo")["value"])
    assert desk.get("/block?label=call").one('[name="f.url"]')["value"] == "https://old.example"


def test_a_command_that_cannot_be_read_is_given_back_with_the_reason(desk: Desk) -> None:
    told = desk.post("block/curl", False, label="call", command="curl https://api.example --cert me.pem")
    assert told.status == 422 and "nothing for --cert" in told.words
    assert told.one('textarea[name="command"]').get_text().strip() == "curl https://api.example --cert me.pem"
    assert desk.post("block/curl", label="call", command="wget x").status == 422
    assert desk.post("block/curl", label="open_shop", command=COMMAND).status == 422
    assert desk.post("block/curl", label="nobody", command=COMMAND).status == 404
    assert "No changes yet" in desk.get().words
