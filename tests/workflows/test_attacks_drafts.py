"""What somebody typed is not lost, and nothing is made twice, whoever saves when."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask

from skyvern_ui.workflows.drafts.rules import current, step

from ..sandbox_server import Sandbox
from ..support.people import Browser
from .editor.documents import nested, small
from .editor.pages import Desk, block, stored

SAVES = "/api/v1/workflows"


def created(sandbox: Sandbox) -> int:
    return len(sandbox.call("GET", "/v1/workflows?page_size=100").json())


def while_it_is_saved(app: Flask, sandbox: Sandbox, desk: Desk, wpid: str, **changes: Any) -> Any:
    """Saves, and types in another window while Skyvern still thinks about it."""
    position = desk.get("/save").one('input[name="position"]')["value"]
    token = desk.person.token()
    sandbox.forget_calls()
    sandbox.fault(SAVES, "delay", seconds=1.0, count=9)
    answer: list[Any] = []

    def save() -> None:
        answer.append(desk.person.client.post(f"{desk.base}/save", data={"csrf_token": token, "position": position},
                                              headers={"Origin": "http://localhost"}))

    saving = threading.Thread(target=save)
    saving.start()
    with app.app_context():
        for _ in range(400):
            if any(each["method"] in ("PUT", "POST") for each in sandbox.requests(SAVES)):
                break
            threading.Event().wait(0.01)
        draft = current("user-ben", wpid)
        assert draft is not None
        step(draft, {**draft.document, **changes}, "Title")
    saving.join(20)
    return answer[0]


def test_what_is_typed_while_it_is_saved_is_a_change_of_the_new_version(connected: Flask, ben: Browser,
                                                                        sandbox: Sandbox) -> None:
    wpid = sandbox.workflow(small())
    desk = Desk(ben, wpid)
    desk.type("order", navigation_goal="Order two")
    assert while_it_is_saved(connected, sandbox, desk, wpid, title="Typed late").status_code == 303
    now = stored(sandbox, wpid)
    assert now["version"] == 2 and now["title"] != "Typed late"
    with connected.app_context():
        draft = current("user-ben", wpid)
    assert draft is not None and draft.document["title"] == "Typed late" and draft.base_version == 2
    assert desk.save().status == 303
    now = stored(sandbox, wpid)
    assert now["version"] == 3 and now["title"] == "Typed late"
    assert block(now, "order")["navigation_goal"] == "Order two"


def new_desk(ben: Browser) -> Desk:
    where = str(ben.post("/workflows/drafts", {"title": "New"}).headers["Location"])
    desk = Desk(ben, where.split("/")[2])
    with ben.app.app_context():
        draft = current("user-ben", desk.wpid)
        assert draft is not None
        step(draft, {**nested(), "title": "New"}, "Text")
    return desk


def test_what_is_typed_while_a_new_one_is_created(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    desk = new_desk(ben)
    answer = while_it_is_saved(connected, sandbox, desk, desk.wpid, title="Typed late")
    wpid = answer.headers["Location"].rsplit("/", 1)[1]
    with connected.app_context():
        draft = current("user-ben", wpid)
        assert current("user-ben", desk.wpid) is None
    assert draft is not None and draft.document["title"] == "Typed late" and created(sandbox) == 1


@pytest.mark.parametrize("path", ["save", "copies"])
def test_two_clicks_make_one_workflow(connected: Flask, ben: Browser, sandbox: Sandbox, path: str) -> None:
    desk = new_desk(ben)
    position = desk.get("/save").one('input[name="position"]')["value"]
    sandbox.fault(SAVES, "delay", seconds=0.5, count=2)
    cookie, token = ben.cookie, ben.token()

    def click(_: int) -> int:
        client = connected.test_client()
        client.set_cookie("skyvern_ui", str(cookie))
        text = client.get("/account").get_data(as_text=True)
        own = text.split('name="csrf_token" value="')[1].split('"')[0]
        return client.post(f"{desk.base}/{path}", data={"csrf_token": own or token, "position": position},
                           headers={"Origin": "http://localhost"}).status_code

    with ThreadPoolExecutor(3) as pool:
        told = sorted(pool.map(click, range(3)))
    assert created(sandbox) == 1 and told[0] == 303 and set(told) <= {303, 404, 409}


def test_what_skyvern_refuses_can_be_saved_again(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    desk = new_desk(ben)
    sandbox.fault(SAVES, "status", status=503, body='{"detail": "Not now"}')
    assert desk.save().status >= 400 and created(sandbox) == 0
    assert desk.save().status == 303 and created(sandbox) == 1
