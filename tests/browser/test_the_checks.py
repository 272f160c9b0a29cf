"""The checks themselves see what they are there for; without this, a page could be well by their blindness."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .window import Window

FAULTS = {
    "wide": ('<p class="x">A line that goes on</p>', ".x { inline-size: 3000px }", "px wide in a window"),
    "cut": ('<p class="x">A line that goes on and on</p>',
            ".x { inline-size: 4rem; overflow: hidden; text-wrap: nowrap }", "cut off: <p"),
    "cut by a box": ('<div class="x"><p>A line that goes on</p></div>',
                     ".x { inline-size: 4rem; overflow: clip } .x p { inline-size: 9rem }", "cut off by <div"),
    "pale": ('<p class="x">Pale</p>', ".x { color: #999; background: #fff }", "light: contrast 2.8"),
    "pale at night": ('<p class="x">Pale</p>',
                      ".x { color: light-dark(#000, #555); background: light-dark(#fff, #222) }",
                      "dark: contrast 2."),
    "see-through": ('<p class="x">Pale</p>', ".x { opacity: .4; color: #000; background: #fff }", "light: contrast"),
    "nameless": ('<button type="button"><svg width="30" height="30"></svg></button>', "", "no name: <button"),
    "nameless field": ('<input class="x" placeholder="Name">', ".x { height: 30px }", "no name: <input"),
    "small": ('<button type="button" class="x">x</button>', ".x { all: unset; inline-size: 12px }", "too small (12"),
    "two ids": ('<p id="a">1</p><p id="a">2</p>', "", "the id a twice"),
    "narrow choice": ('<select aria-label="x" class="x"><option>All of the very long names</option></select>',
                      ".x { inline-size: 5rem; height: 30px }", "the choice All of"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_seen(window: Callable[..., Window], name: str) -> None:
    html, css, told = FAULTS[name]
    opened = window(None)
    opened.page.set_content(f"<style>:root {{ color-scheme: light dark }}{css}</style><h1>Title</h1>{html}")
    with pytest.raises(AssertionError, match="(?s).*" + told.replace("(", r"\(")):
        opened.check()


def test_what_is_said_asked_and_refused_is_noted(window: Callable[..., Window]) -> None:
    opened = window()
    page = opened.open("/account")
    page.evaluate("console.warn('careful')")
    page.evaluate("""() => { document.body.insertAdjacentHTML("beforeend", "<p style='color: red'>x</p>"); }""")
    page.evaluate("""() => { const e = new Image(); e.src = "https://elsewhere.example/x.png"; }""")
    opened.until(lambda: any("policy: img-src" in line for line in opened.wrong), "the notes")
    told = "\n".join(opened.wrong)
    for words in ("careful", "policy: style-src", "policy: img-src", "elsewhere.example"):
        assert words in told
    opened.wrong.clear()
