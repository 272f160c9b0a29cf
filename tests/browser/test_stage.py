"""The run page over a server whose every answer the test decides: the live picture, the dialogs, the drawer."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, Response, render_template, request
from flask_wtf.csrf import CSRFProtect
from jinja2 import StrictUndefined
from werkzeug.serving import make_server

from skyvern_ui import assets, formatters
from skyvern_ui.presses import press
from skyvern_ui.runs import output_rules
from skyvern_ui.runs.rules import Facts
from skyvern_ui.runs.timeline_rules import Part
from skyvern_ui.skyvern.values import Run

NONCE = "bm9uY2UtZm9yLXRlc3Rz"
POLICY = (
    f"default-src 'none'; script-src 'nonce-{NONCE}' 'strict-dynamic'; style-src 'self'; "
    "img-src 'self' blob: data:; media-src 'self'; connect-src 'self' ws:; form-action 'self'"
)
STARTED = datetime.now(UTC) - timedelta(minutes=3)
RUN = replace(
    Run.from_json({"run_id": "wr_1", "status": "running", "run_request": {"prompt": "Read the prices"}}),
    started_at=STARTED,
    created_at=STARTED,
)


class Stage:
    """The run page over a small app of its own, so that a test decides what the server says."""

    def __init__(self) -> None:
        self.run = RUN
        self.asked: list[str] = []
        app = Flask("skyvern_ui", root_path=str(assets.STATIC.parent))
        app.secret_key = "only for this test"
        app.jinja_env.undefined = StrictUndefined
        app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
        app.jinja_env.globals |= {"csp_nonce": NONCE, "press": press}
        app.config["WTF_CSRF_CHECK_DEFAULT"] = False
        CSRFProtect(app)
        assets.register(app)
        formatters.register(app)
        app.context_processor(self.shell)
        app.after_request(self.policy)
        app.add_url_rule("/runs/<run_id>", view_func=self.page, endpoint="page")
        app.add_url_rule("/runs/<run_id>/header", view_func=self.header, endpoint="header")
        app.add_url_rule("/runs/<run_id>/timeline", view_func=self.timeline, endpoint="timeline")
        app.add_url_rule(
            "/runs/<run_id>/cancellation", view_func=self.cancel, endpoint="cancel", methods=["POST"]
        )
        self.server = make_server("127.0.0.1", 0, app, threaded=True)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def shell(self) -> dict[str, Any]:
        nav = [
            {
                "label": "",
                "items": [{"label": "Runs", "href": "/runs", "icon": "play", "current": True, "count": 1}],
            }
        ]
        me = SimpleNamespace(name="Ada", email="ada@example.com", is_admin=True)
        return {"me": me, "nav": nav, "theme": request.cookies.get("theme", "system"),
                "connection": None, "wants_news": lambda: False, "low_banner": lambda: None}

    def context(self) -> dict[str, Any]:
        return {
            "run": self.run,
            "owner": "Ada",
            "may_cancel": True,
            "tab": "overview",
            "still": None,
            "wait": None,
            "after": None,
            "facts": Facts(),
            "cause": None,
            "part": Part("root", None, (), 0, 0),
            "crumbs": (),
            "entries": 0,
            "q": "",
            "hits": None,
            "story_problem": None,
            "has_output": self.run.output is not None,
            "tree": output_rules.tree(self.run.output),
            "at": "",
            "find": "",
            "found": None,
            "blocks": [],
            "tables": [],
            "is_cut": False,
            "is_small": True,
            "tags": (),
            "noted": (),
            "may_tag": False,
            "tabs": [("overview", "Overview", None)],
            "recordings": [],
            "is_recording_due": False,
            "socket": "/runs/wr_1/frames",
            "problem": None,
        }

    def page(self, run_id: str) -> str:
        return render_template("runs/show.html", **self.context())

    def header(self, run_id: str) -> Response:
        headers = {"HX-Trigger-After-Settle": "run-over"} if self.run.is_over else {}
        return Response(render_template("runs/_header.html", **self.context()), headers=headers)

    def timeline(self, run_id: str) -> str:
        return render_template("runs/_timeline.html", **self.context())

    def cancel(self, run_id: str) -> Response:
        return Response("", 303, {"Location": "/runs/wr_1"})

    def policy(self, response: Response) -> Response:
        self.asked.append(f"{request.method} {request.path}")
        response.headers["Content-Security-Policy"] = POLICY
        return response


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    opened = context.new_page()
    broken: list[str] = []
    opened.on("pageerror", lambda error: broken.append(str(error)))
    opened.on(
        "console", lambda said: broken.append(said.text) if "Content Security Policy" in said.text else None
    )
    yield opened
    context.close()
    assert broken == []


def until(page: Any, question: Callable[[], Any], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < deadline, "it did not come to pass"
        page.wait_for_timeout(25)


def state(page: Any) -> str:
    return str(page.get_attribute("#run-viewport", "data-state"))


def picture(page: Any) -> bytes:
    return bytes(page.screenshot(clip={"x": 0, "y": 0, "width": 64, "height": 36}, type="jpeg"))


def test_a_frame_is_drawn_and_the_end_of_the_run_brings_the_page_up_to_date(stage: Stage, page: Any) -> None:
    sockets: list[Any] = []
    page.route_web_socket("**/frames", lambda socket: sockets.append(socket))
    page.goto(f"{stage.url}/runs/wr_1")
    until(page, lambda: sockets)
    assert not page.is_visible("canvas")
    sockets[0].send(
        json.dumps({"state": "live", "sentence": "Live.", "url": "https://shop.example.com/", "watching": 3})
    )
    sockets[0].send(picture(page))
    until(page, lambda: page.is_visible("canvas"))
    assert page.evaluate("document.querySelector('canvas').width") == 64
    assert page.inner_text("[data-part=url]") == "https://shop.example.com/"
    assert page.inner_text("[data-part=watching]") == "3 watching"
    stage.run = replace(RUN, status="completed", output={"price": 48}, finished_at=datetime.now(UTC))
    sockets[0].send(json.dumps({"state": "over", "sentence": "The run is over."}))
    until(page, lambda: page.locator("#run-output").count() == 1)
    assert page.inner_text("#run-header .pill") == "completed"
    assert page.locator("[data-poll]").count() == 0
    assert page.locator("#run-body").count() == page.locator("#run-header").count() == 1


def test_of_many_pictures_the_last_is_the_one_that_stays(stage: Stage, page: Any) -> None:
    sockets: list[Any] = []
    page.route_web_socket("**/frames", lambda socket: sockets.append(socket))
    page.goto(f"{stage.url}/runs/wr_1")
    until(page, lambda: sockets)
    large, small = picture(page), bytes(page.screenshot(clip={"x": 0, "y": 0, "width": 32, "height": 18}))
    for _ in range(100):
        sockets[0].send(large)
    sockets[0].send(b"this is no picture")
    sockets[0].send(small)
    until(page, lambda: page.evaluate("document.querySelector('canvas').width") == 32)
    assert state(page) == "live"


def test_a_lost_connection_is_tried_again_and_a_refused_one_is_not(stage: Stage, page: Any) -> None:
    opened: list[Any] = []

    def answer(socket: Any) -> None:
        opened.append(socket)
        if len(opened) == 1:
            socket.close(code=1011, reason="gone")
        else:
            socket.close(code=4403, reason="This run is not yours to watch.")

    page.route_web_socket("**/frames", answer)
    page.goto(f"{stage.url}/runs/wr_1")
    until(page, lambda: state(page) == "unavailable")
    assert page.inner_text("[data-part=said]") == "This run is not yours to watch."
    assert len(opened) == 2
    assert page.is_visible("[data-part=refresh]")


def test_pausing_closes_the_socket_and_going_on_opens_one(stage: Stage, page: Any) -> None:
    opened: list[Any] = []
    closed: list[int | None] = []

    def answer(socket: Any) -> None:
        opened.append(socket)
        socket.on_close(lambda code, reason: closed.append(code))
        socket.send(json.dumps({"state": "live"}))

    page.route_web_socket("**/frames", answer)
    page.goto(f"{stage.url}/runs/wr_1")
    until(page, lambda: state(page) == "live")
    page.click("[data-part=pause]")
    until(page, lambda: closed == [1000])
    assert state(page) == "paused"
    page.click("[data-part=pause]")
    until(page, lambda: len(opened) == 2)


def test_cancelling_asks_first_and_the_question_survives_the_polling(stage: Stage, page: Any) -> None:
    page.goto(f"{stage.url}/runs/wr_1")
    page.click("#run-header [data-dialog-open]")
    assert page.is_visible("#cancel-run")
    asked = len([line for line in stage.asked if line.endswith("/timeline")])
    until(page, lambda: len([line for line in stage.asked if line.endswith("/timeline")]) > asked)
    assert page.is_visible("#cancel-run")
    assert "POST /runs/wr_1/cancellation" not in stage.asked
    page.click("#cancel-run [type=submit]")
    until(page, lambda: "POST /runs/wr_1/cancellation" in stage.asked)
    page.wait_for_load_state("load")


def test_without_scripts_the_drawer_opens_and_cancelling_is_one_press(stage: Stage, chromium: Any) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{stage.url}/runs/wr_1")
    assert not page.is_visible("#nav")
    page.click(".top__menu")
    assert page.is_visible("#nav .nav__item")
    page.keyboard.press("Escape")
    assert page.is_visible("[data-part=refresh]")
    page.click("#run-header .confirm > button")
    until(page, lambda: "POST /runs/wr_1/cancellation" in stage.asked)
    page.wait_for_load_state("load")
    context.close()


def test_nothing_is_wider_than_a_phone(stage: Stage, chromium: Any) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{stage.url}/runs/wr_1")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


def test_the_templates_hold_no_inline_style_script_or_handler() -> None:
    for path in Path(assets.STATIC.parent, "templates").rglob("*.html"):
        text = path.read_text()
        assert text.startswith("{# needs: "), path
        assert not re.search(r"\sstyle=|\son[a-z]+=|\|\s*safe\b|hx-on|hx-vals='js|javascript:", text), path
        for script in re.findall(r"<script[^>]*>", text):
            assert 'nonce="{{ csp_nonce }}"' in script and "src=" in script, path
