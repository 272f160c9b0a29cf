"""Driving the browser of a run from the page: who drives, what the hands do, how one gets out of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

from .house import House
from .window import Window


def driven_run(house: House) -> str:
    made = house.sandbox.call("POST", "/v1/browser_sessions", json={"timeout": 10}).json()
    return house.start("Drive me [slow]", browser_session_id=made["browser_session_id"])


class Seat:
    """Somebody's window on the run, and what its page has said to the browser."""

    def __init__(self, opened: Window, run_id: str) -> None:
        self.window, self.said = opened, []
        self.page = opened.page
        self.page.on("websocket", self._listen)
        opened.open(f"/runs/{run_id}")
        opened.until(lambda: self.page.get_attribute("#run-viewport", "data-state") == "live", "the picture")
        opened.until(lambda: self.page.locator("[data-steer=bar]").is_visible(), "the bar")

    def _listen(self, socket: Any) -> None:
        if socket.url.endswith("/control"):
            socket.on("framesent", lambda text: self.said.append(json.loads(text)))

    @property
    def mode(self) -> str:
        return str(self.page.get_attribute("#run-viewport", "data-driving"))

    def until(self, mode: str) -> None:
        self.window.until(lambda: self.mode == mode, f"{mode}, but it is {self.mode}: {self.hint}")

    @property
    def hint(self) -> str:
        return str(self.page.inner_text("[data-steer=hint]"))

    @property
    def driver(self) -> str:
        return str(self.page.inner_text(".control__driver"))

    def take(self) -> None:
        self.page.click("[data-steer=take]")
        self.until("driving")
        self.said.clear()

    def heard(self, kind: str, **fields: Any) -> dict[str, Any]:
        """The first such word; Playwright tells of it a moment after it was sent."""
        found: list[dict[str, Any]] = self.window.until(lambda: self.of(kind, **fields), f"{kind} {fields}")
        return found[0]

    def of(self, kind: str, **fields: Any) -> list[dict[str, Any]]:
        return [one for one in self.said if one["kind"] == kind and all(one.get(k) == v for k, v in fields.items())]


@pytest.fixture
def seat(house: House, window: Callable[..., Window]) -> Callable[..., Seat]:
    run_id = driven_run(house)
    return lambda person="ben", **more: Seat(window(person, **more), run_id)


def test_mouse_keys_and_wheel_become_what_the_browser_understands(seat: Callable[..., Seat]) -> None:
    ben = seat()
    assert ben.driver == "Nobody drives. The run goes on by itself."
    ben.take()
    assert "press Space on it" in ben.hint, "Skyvern drops the Enter that would send a form"
    assert "Escape twice" in ben.hint and ben.page.evaluate("document.activeElement.tagName") == "CANVAS"
    box = ben.page.locator("canvas").bounding_box()
    ben.page.mouse.click(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
    press = ben.heard("mouseEvent", eventType="mousePressed")
    assert abs(press["x"] - 320) <= 2 and abs(press["y"] - 360) <= 2
    assert (press["button"], press["clickCount"], press["modifiers"]) == ("left", 1, 0)
    ben.heard("mouseEvent", eventType="mouseReleased")
    ben.page.mouse.click(box["x"] + 5, box["y"] + 5, button="right")
    ben.heard("mouseEvent", eventType="mousePressed", button="right")
    ben.page.mouse.wheel(0, 300)
    ben.window.until(lambda: sum(one["deltaY"] for one in ben.of("wheelEvent")) == 300, "the wheel")
    ben.said.clear()
    ben.page.keyboard.type("aB 1")
    ben.heard("keyEvent", eventType="keyUp", key="1")
    assert [one["text"] for one in ben.of("keyEvent", eventType="keyDown")] == ["a", "B", " ", "1"]
    ben.page.keyboard.press("Tab")
    ben.page.keyboard.press("Control+a")
    ben.page.keyboard.press("Backspace")
    ben.heard("keyEvent", eventType="keyUp", key="Backspace")
    raw = [(one["key"], one["windowsVirtualKeyCode"], one["modifiers"])
           for one in ben.of("keyEvent", eventType="rawKeyDown")]
    assert raw == [("Tab", 9, 0), ("Control", 17, 2), ("a", 65, 2), ("Backspace", 8, 0)]
    assert ben.page.evaluate("document.activeElement.tagName") == "CANVAS", "Tab went to the other browser"
    ben.window.check()


def test_at_full_size_a_click_still_lands_where_it_points(seat: Callable[..., Seat]) -> None:
    ben = seat()
    ben.take()
    ben.page.click("[data-part=zoom]")
    ben.page.evaluate("document.querySelector('.viewport__screen').scrollTo(200, 100)")
    place = ben.page.evaluate("""() => { const c = document.querySelector("canvas"), b = c.getBoundingClientRect();
        return [b.left + 300 * b.width / 1280, b.top + 200 * b.height / 720]; }""")
    ben.page.mouse.click(*place)
    press = ben.heard("mouseEvent", eventType="mousePressed")
    assert abs(press["x"] - 300) <= 2 and abs(press["y"] - 200) <= 2


def test_moves_are_few_and_a_drag_keeps_its_button(seat: Callable[..., Seat]) -> None:
    ben = seat()
    ben.take()
    box = ben.page.locator("canvas").bounding_box()
    ben.page.mouse.move(box["x"] + 10, box["y"] + 10)
    ben.page.mouse.down()
    ben.page.mouse.move(box["x"] + 200, box["y"] + 100, steps=60)
    ben.page.mouse.up()
    ben.heard("mouseEvent", eventType="mouseReleased")
    moves = ben.of("mouseEvent", eventType="mouseMoved")
    assert 1 <= len(moves) < 40 and moves[-1]["button"] == "left"


def test_escape_twice_gets_out_and_the_buttons_are_reached_by_keys(seat: Callable[..., Seat]) -> None:
    ben = seat()
    ben.page.focus("[data-steer=take]")
    ben.page.keyboard.press("Enter")
    ben.until("driving")
    ben.page.keyboard.press("Escape")
    ben.page.keyboard.press("Escape")
    assert ben.page.evaluate("document.activeElement.dataset.steer") == "cede"
    ben.page.keyboard.press("Enter")
    ben.until("free")
    assert ben.page.evaluate("document.activeElement.dataset.steer") == "take"
    ben.window.check()


def test_the_address_bar_goes_there_and_says_what_cannot_be_opened(seat: Callable[..., Seat]) -> None:
    ben = seat()
    ben.take()
    ben.page.fill("[data-steer=address]", "http://shop.example.com/cart")
    ben.page.keyboard.press("Enter")
    assert ben.heard("navigateEvent")["url"] == "http://shop.example.com/cart"
    ben.page.fill("[data-steer=address]", "javascript:alert(1)")
    ben.page.keyboard.press("Enter")
    ben.window.until(lambda: "http or https" in ben.hint, "the refusal")
    for name, kind in (("back", "goBackEvent"), ("forward", "goForwardEvent"), ("reload", "reloadEvent")):
        ben.page.click(f"[data-steer={name}]")
        ben.heard(kind)


def test_pasted_text_and_files(seat: Callable[..., Seat]) -> None:
    ben = seat()
    ben.take()
    ben.page.focus("canvas")
    ben.page.evaluate("""() => { const data = new DataTransfer(); data.setData("text/plain", "Grüße 😀\\nend");
        document.querySelector("canvas").dispatchEvent(new ClipboardEvent("paste", {clipboardData: data})); }""")
    ben.window.until(lambda: len(ben.of("keyEvent", eventType="keyDown")) == 10, "the text")
    assert "".join(one["text"] for one in ben.of("keyEvent", eventType="keyDown")) == "Grüße 😀end"
    assert ben.of("keyEvent", eventType="rawKeyDown")[0]["key"] == "Enter"
    long = "x" * 1000
    ben.said.clear()
    ben.page.fill("[data-steer=text]", long)
    ben.page.keyboard.press("Enter")
    ben.window.until(lambda: len(ben.of("keyEvent", eventType="keyDown")) == 1000, "all of it")
    ben.page.set_input_files("[data-steer=file]", {"name": "a.txt", "mimeType": "text/plain", "buffer": b"hello"})
    ben.window.until(lambda: ben.hint == "The file is in the page's field.", "the file")
    ben.page.set_input_files("[data-steer=file]", {"name": "big.bin", "mimeType": "application/octet-stream",
                                                   "buffer": b"0" * (10 * 1024 * 1024 + 1)})
    ben.window.until(lambda: "larger than 10 MiB" in ben.hint, "the refusal")
    ben.page.set_input_files("[data-steer=file]", {"name": "max.bin", "mimeType": "application/octet-stream",
                                                   "buffer": b"0" * (10 * 1024 * 1024)})
    ben.window.until(lambda: ben.hint == "The file is in the page's field.", "the large file")


def test_one_asks_and_the_other_gives(seat: Callable[..., Seat]) -> None:
    ben, cleo = seat("ben"), seat("cleo")
    ben.take()
    cleo.until("other")
    assert cleo.driver == "Ben drives." and not cleo.page.locator("[data-steer=seize]").count()
    cleo.page.click("[data-steer=ask]")
    ben.window.until(lambda: ben.page.locator("[data-steer=asked]").is_visible(), "the question")
    assert ben.page.inner_text("[data-steer=askedWord]") == "Cleo asks for the browser."
    cleo.window.until(lambda: cleo.driver == "Ben drives. You asked for it.", "the answer")
    ben.window.check()
    ben.page.click("[data-steer=keep]")
    cleo.window.until(lambda: cleo.driver == "Ben drives.", "the no")
    cleo.page.click("[data-steer=ask]")
    ben.page.locator("[data-steer=give]").wait_for()
    ben.page.click("[data-steer=give]")
    cleo.until("driving")
    ben.until("other")
    assert ben.driver == "Cleo drives."


def test_an_admin_takes_over_and_it_is_said(seat: Callable[..., Seat]) -> None:
    ben, ada = seat("ben"), seat("ada")
    ben.take()
    ada.until("other")
    ada.page.click("[data-steer=seize]")
    ada.until("driving")
    ben.until("other")
    assert ben.hint == "Ada drives now." and ben.driver == "Ada drives."
    ben.window.check()


def test_on_a_phone_a_tap_is_a_click_and_text_has_a_field(seat: Callable[..., Seat]) -> None:
    ben = seat("ben", size="phone")
    ben.take()
    ben.window.check()
    box = ben.page.locator("canvas").bounding_box()
    ben.page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    ben.heard("mouseEvent", eventType="mouseReleased")
    press = ben.heard("mouseEvent", eventType="mousePressed")
    assert abs(press["x"] - 640) <= 4 and abs(press["y"] - 360) <= 4
    ben.page.fill("[data-steer=text]", "hi")
    ben.page.click("[data-steer=say] button[type=submit]")
    ben.heard("keyEvent", eventType="keyUp", key="i")
    assert [one["text"] for one in ben.of("keyEvent", eventType="keyDown")] == ["h", "i"]
    ben.page.click("[data-steer=cede]")
    ben.until("free")


def test_a_browser_shown_by_vnc_is_driven_by_vnc(house: House, window: Callable[..., Window]) -> None:
    made = house.sandbox.call("POST", "/v1/browser_sessions", json={"url": "https://shop.example/[vnc]"}).json()
    session_id = made["browser_session_id"]
    run_id = house.start("Drive me [slow]", browser_session_id=session_id)
    ben, cleo = Seat(window("ben"), run_id), Seat(window("cleo"), run_id)

    def inputs(kind: str) -> list[dict[str, Any]]:
        told = requests.get(f"{house.sandbox.url}/__inputs", timeout=10).json()
        return [one["event"] for one in told if one["target"] == session_id and one["event"]["kind"] == kind]

    ben.take()
    cleo.until("other")
    screen = ben.page.locator(".viewport__vnc canvas")
    ben.window.until(lambda: screen.is_visible() and (screen.bounding_box() or {}).get("width", 0) > 100, "the screen")
    box = screen.bounding_box()
    ben.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    pressed = ben.window.until(lambda: [one for one in inputs("pointer") if one["buttons"] == 1], "the click")[0]
    assert abs(pressed["x"] - 400) <= 2 and abs(pressed["y"] - 300) <= 2
    ben.page.fill("[data-steer=text]", "é1")
    ben.page.click("[data-steer=say] button[type=submit]")
    ben.window.until(lambda: [one["keysym"] for one in inputs("key") if one["down"]] == [0xE9, 0x31], "the text")
    ben.window.check()
    cleo.page.click("[data-steer=ask]")
    ben.page.locator("[data-steer=give]").click()
    cleo.until("driving")
    ben.until("other")
    assert not ben.page.locator(".viewport__vnc").is_visible()


def test_a_task_without_an_input_channel_says_so(house: House, window: Callable[..., Window]) -> None:
    opened = window("ben")
    opened.open(f"/runs/{house.running()}")
    opened.until(lambda: "Nobody can drive this browser" in opened.words, "the sentence")
    assert not opened.page.locator("[data-steer=bar] button:visible").count()
    opened.check()
