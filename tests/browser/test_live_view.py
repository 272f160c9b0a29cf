"""The live picture over the real way: the sandbox's frames through the relay, onto the canvas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .house import House
from .window import Window

PRINT = """() => {
  const canvas = document.querySelector("#run-viewport canvas");
  if (canvas.hidden || !canvas.width) return null;
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const data = copy.getImageData(0, 0, canvas.width, canvas.height).data;
  let sum = 0;
  for (let at = 0; at < data.length; at += 97) sum = (sum * 31 + data[at]) >>> 0;
  return `${canvas.width}x${canvas.height}:${sum}`;
}"""


def state(page: Any) -> str:
    return str(page.get_attribute("#run-viewport", "data-state"))


def watching(house: House, opened: Window) -> Any:
    page = opened.open(f"/runs/{house.running()}")
    opened.until(lambda: state(page) == "live" and page.evaluate(PRINT), "a picture on the canvas")
    return page


def test_frames_are_drawn_one_after_the_other(house: House, window: Callable[..., Window]) -> None:
    opened = window()
    page = watching(house, opened)
    first = page.evaluate(PRINT)
    assert int(first.split("x")[0]) > 100
    opened.until(lambda: page.evaluate(PRINT) != first, "another picture")
    assert page.inner_text("[data-part=said]") == "You see the browser as it is now."
    opened.check()


def test_pause_stands_still_and_goes_on(house: House, window: Callable[..., Window]) -> None:
    opened = window()
    page = watching(house, opened)
    sockets: list[Any] = []
    page.on("websocket", lambda socket: sockets.append(socket))
    page.click("[data-part=pause]")
    assert state(page) == "paused"
    opened.until(lambda: page.evaluate("new Promise((done) => requestAnimationFrame(() => done(true)))"), "a frame")
    still = page.evaluate(PRINT)
    page.wait_for_function("since => performance.now() - since > 1500", arg=page.evaluate("performance.now()"))
    assert page.evaluate(PRINT) == still
    assert page.get_attribute("[data-part=pause]", "aria-pressed") == "true"
    page.click("[data-part=pause]")
    opened.until(lambda: sockets and state(page) == "live" and page.evaluate(PRINT) != still, "going on")


def test_zoom_and_full_screen(house: House, window: Callable[..., Window]) -> None:
    opened = window()
    page = watching(house, opened)
    fit = page.locator("canvas").bounding_box()
    page.click("[data-part=zoom]")
    natural = page.evaluate("document.querySelector('#run-viewport canvas').width")
    assert abs(page.locator("canvas").bounding_box()["width"] - natural) < 2 and fit["width"] != natural
    opened.check()
    page.click("[data-part=zoom]")
    assert page.locator("canvas").bounding_box()["width"] == fit["width"]
    page.click("[data-part=full]")
    opened.until(lambda: page.evaluate("document.fullscreenElement?.id === 'run-viewport'"), "full screen")
    page.click("[data-part=full]")
    opened.until(lambda: page.evaluate("!document.fullscreenElement"), "the page again")


def test_a_dropped_socket_is_opened_again(house: House, window: Callable[..., Window]) -> None:
    opened = window()
    routes: list[Any] = []

    def through(route: Any) -> None:
        routes.append(route)
        route.connect_to_server()

    opened.page.route_web_socket("**/frames", through)
    page = watching(house, opened)
    said: list[str] = []
    page.expose_function("heardState", lambda heard: said.append(heard))
    page.evaluate("""new MutationObserver(() => heardState(document.querySelector("#run-viewport").dataset.state))
        .observe(document.querySelector("#run-viewport"), {attributeFilter: ["data-state"]})""")
    shown = page.evaluate(PRINT)
    routes[0].close(code=1011, reason="dropped")
    opened.until(lambda: "reconnecting" in said, "the loss")
    assert page.evaluate(PRINT), "the last picture stays while the socket is away"
    opened.until(lambda: len(routes) > 1 and state(page) == "live", "the second socket")
    opened.until(lambda: page.evaluate(PRINT) != shown, "newer pictures")


def test_without_a_live_picture_the_newest_screenshot_stands_in(house: House, window: Callable[..., Window]) -> None:
    opened = window(size="phone")
    opened.page.route_web_socket("**/frames", lambda route: route.close(code=4403, reason="Not to be watched."))
    page = opened.open(f"/runs/{house.runs['paused']}")
    opened.until(lambda: state(page) == "unavailable", "the refusal")
    picture = page.locator("#run-viewport img")
    opened.until(lambda: picture.is_visible() and picture.evaluate("e => e.naturalWidth"), "the screenshot")
    assert page.inner_text("[data-part=said]") == "Not to be watched."
    assert page.is_visible("[data-part=refresh]")
    opened.check()


def test_the_end_of_a_run_brings_its_recording_and_output(house: House, window: Callable[..., Window]) -> None:
    opened = window()
    page = opened.open(f"/runs/{house.start('Order the night light')}")
    opened.until(lambda: page.locator("#run-header .pill").inner_text() == "completed", "the end", 20)
    opened.until(lambda: page.locator("#run-output").count() == 1, "the output")
    assert page.locator("#run-viewport video").count() == 1
    assert not page.locator("#run-body [data-poll], #run-header[data-poll]").count()
    opened.check()
