"""The editor in a browser: what only a browser can show of it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle
from typing import Any

import pytest

from tests.workflows.editor.documents import nested

from .house import House
from .window import Window

Opened = Callable[..., Window]
IN_THE_LOOP = ["each_lamp", "open_lamp", "read_lamp", "open_shop"]
ALL = ["open_shop", "each_lamp", "open_lamp", "read_lamp", "is_cheap", "buy", "leave", "finish"]


class Desk:
    """A workflow open in the editor."""

    def __init__(self, house: House, opened: Window) -> None:
        self.house, self.opened, self.page = house, opened, opened.page
        self.wpid = house.sandbox.workflow(nested())
        self.path = f"/workflows/{self.wpid}/edit"

    def show(self, query: str = "") -> Desk:
        self.opened.open(self.path + query)
        self.page.wait_for_selector("#editor[data-ready]")
        return self

    @property
    def labels(self) -> list[str]:
        return list(self.page.locator(".block").evaluate_all("cards => cards.map((card) => card.dataset.label)"))

    @property
    def said(self) -> str:
        return str(self.page.inner_text("#editor-said"))

    def unfold(self, label: str, field: str) -> Any:
        """Opens a card; the box of one of its fields."""
        self.page.click(f"#card-{label} > .block__head .block__open")
        return self.page.locator(f"#{label}-{field}")

    def kept(self) -> None:
        self.opened.until(lambda: "Draft kept" in self.page.inner_text("#editor-state"), "the draft to be kept")

    def grip(self, label: str) -> Any:
        return self.page.locator(f"#card-{label} > .block__head .block__handle")


@pytest.fixture
def desk(house: House, window: Opened) -> Desk:
    return Desk(house, window()).show()


def test_it_is_well_open_and_closed_wide_and_narrow(house: House, window: Opened) -> None:
    for size in ("desk", "phone"):
        desk = Desk(house, window(size=size)).show()
        desk.opened.check()
        desk.unfold("is_cheap", "branch_conditions").wait_for()
        desk.opened.check()
        for side in ("settings", "text", "problems", "parameters"):
            desk.page.click(f'.editor__tabs a[data-side="{side}"]')
            desk.page.wait_for_selector(f'#editor-side[data-shown="{side}"]')
            desk.opened.check()


def test_what_is_typed_is_kept_without_a_press_and_survives_a_reload(desk: Desk) -> None:
    goal = desk.unfold("buy", "navigation_goal")
    goal.fill("Buy the cheapest lamp")
    desk.kept()
    assert goal.evaluate("box => box === document.activeElement"), "the focus stays where one types"
    assert "Buy the cheapest lamp" in desk.page.inner_text("#words-buy")
    desk.show()
    assert "Buy the cheapest lamp" in desk.page.inner_text("#words-buy")
    goal = desk.unfold("buy", "navigation_goal")
    goal.fill("Buy a lamp")
    desk.opened.until(lambda: "Buy a lamp" in desk.page.inner_text("#words-buy"), "the draft to have it")
    desk.page.keyboard.press("Control+z")
    desk.opened.until(lambda: goal.input_value() == "Buy it", "the form to step back")
    assert goal.evaluate("box => box === document.activeElement"), "where one typed"
    desk.opened.until(lambda: "Buy it" in desk.page.inner_text("#words-buy"), "the step back")
    desk.page.keyboard.press("Control+Shift+z")
    desk.opened.until(lambda: "Buy a lamp" in desk.page.inner_text("#words-buy"), "the step forth")


def test_a_block_is_dragged_into_a_loop_and_open_cards_stay_open(desk: Desk) -> None:
    page, text = desk.page, desk.unfold("finish", "wait_sec")
    text.wait_for()
    grip, target = desk.grip("open_shop"), page.locator("#card-read_lamp > .block__head")
    grip.hover()
    desk.opened.until(lambda: page.evaluate("Boolean(window.Sortable)"), "what it drags with")
    start, end = grip.bounding_box(), target.bounding_box()
    page.mouse.move(start["x"] + 8, start["y"] + 16)
    page.mouse.down()
    page.mouse.move(start["x"] + 14, start["y"] + 40, steps=5)
    page.mouse.move(end["x"] + 50, end["y"] + end["height"] - 6, steps=15)
    ways = cycle((4, 8))

    def is_below() -> bool:
        box = page.locator("#card-read_lamp > .block__head").bounding_box()  # it moves as the other finds its place
        page.mouse.move(box["x"] + 50, box["y"] + box["height"] - next(ways), steps=3)
        return desk.labels[:4] == IN_THE_LOOP

    desk.opened.until(is_below, "a place below the last block of the loop")
    page.mouse.up()
    desk.opened.until(lambda: "the loop each_lamp" in desk.said, "the move")
    assert desk.labels[:4] == IN_THE_LOOP
    assert text.is_visible(), "the card that was open still is"


def test_the_keys_of_a_handle_move_a_block_and_keep_the_focus(desk: Desk) -> None:
    desk.grip("finish").focus()
    for key, words in (("ArrowUp", "number 3 of 4"), ("ArrowRight", "number 3 of 3 in the loop each_lamp"),
                       ("ArrowUp", "number 2 of 3"), ("ArrowLeft", "number 3 of 4")):
        desk.page.keyboard.press(key)
        desk.opened.until(lambda words=words: words in desk.said, f"{key} to say {words}")
        desk.opened.until(lambda: desk.grip("finish").evaluate("grip => grip === document.activeElement"), "the focus")
    desk.opened.expected = {422}
    desk.page.keyboard.press("ArrowLeft")
    desk.opened.until(lambda: "not inside anything" in desk.said, "why it does not move")
    assert desk.labels == ["open_shop", "each_lamp", "open_lamp", "read_lamp", "finish", "is_cheap", "buy", "leave"]


def test_braces_offer_what_may_be_mentioned(desk: Desk) -> None:
    goal = desk.unfold("buy", "navigation_goal")
    goal.press("End")
    goal.press_sequentially(" {{ read")
    desk.page.wait_for_selector('#hints [aria-selected="true"]')
    desk.page.keyboard.press("Enter")
    assert goal.input_value() == "Buy it {{ read_lamp_output }}"
    goal.press_sequentially(" {{")
    desk.page.wait_for_selector("#hints .hints__one")
    desk.page.keyboard.press("Escape")
    assert desk.page.locator("#hints").is_hidden()
    desk.kept()


def test_blocks_are_found_added_and_renamed_by_keys(desk: Desk) -> None:
    page = desk.page
    page.keyboard.press("/")
    page.keyboard.type("lamp")
    desk.opened.until(lambda: page.inner_text("#finder-count") == "3 of 8", "those that fit")
    assert page.locator("#card-finish").is_hidden()
    page.fill("#finder", "")
    page.click(".editor__add a")
    page.wait_for_selector("#picker-find:focus")
    page.keyboard.type("e-mail")
    page.keyboard.press("Enter")
    page.wait_for_selector("#send_email-recipients:focus")
    assert desk.labels[-1] == "send_email"
    page.click("#card-send_email > .block__head .block__more")
    page.click("[data-menu-rename]")
    page.wait_for_selector("#new-name:focus")
    page.keyboard.type("tell_ada")
    page.keyboard.press("Enter")
    desk.opened.until(lambda: desk.labels[-1] == "tell_ada", "the new name")


def test_the_line_of_a_parameter_is_true_while_its_form_keeps_focus_and_text(desk: Desk) -> None:
    page = desk.page
    page.click("[data-parameter=lamps]")
    kind, line = page.locator("#p-lamps-workflow_parameter_type"), page.locator("#row-lamps")
    default = page.locator("#p-lamps-default_value")
    default.fill("")
    desk.opened.until(lambda: line.inner_text() == "Text, required", "what it is without a default")
    assert default.evaluate("box => box === document.activeElement")
    kind.focus()
    kind.select_option("json")
    page.wait_for_selector("textarea#p-lamps-default_value")
    assert line.inner_text() == "JSON, required" and kind.evaluate("box => box === document.activeElement")
    page.locator("textarea#p-lamps-default_value").fill('["Alva"]')
    desk.opened.until(lambda: line.inner_text() == "JSON", "what it is with a default")
    page.click(".sheet [data-naming]")
    page.wait_for_selector("#new-name:focus")
    page.keyboard.type("lights")
    page.keyboard.press("Enter")
    desk.opened.until(lambda: page.locator("#row-lights").count() == 1, "its new key")
    page.wait_for_selector("#form-p-lights")


def test_nothing_typed_in_a_panel_is_lost_by_its_tabs(desk: Desk) -> None:
    page, shown = desk.page, '#editor-side[data-shown="{}"]'

    def turn(side: str) -> None:
        page.click(f'.editor__tabs a[data-side="{side}"]')
        page.wait_for_selector(shown.format(side))

    page.locator("#new-key").press_sequentially("amou")
    turn("parameters")
    turn("settings")
    page.fill("#settings-title", "Order lights")
    turn("text")
    desk.opened.until(lambda: page.inner_text("h1") == "Order lights", "the title to be kept")
    page.fill("#text", page.input_value("#text") + "# mine")
    turn("parameters")
    assert page.input_value("#new-key") == "amou"
    page.click("[data-parameter=lamps]")
    page.select_option("#p-lamps-workflow_parameter_type", "integer")
    desk.opened.until(lambda: page.inner_text("#row-lamps").startswith("Whole number"), "the type")
    page.fill("#p-lamps-default_value", "many")
    page.wait_for_selector("#problems-p-lamps [role=alert]")
    page.click("[data-parameter=lamps]")
    page.wait_for_selector("#p-lamps-default_value", state="hidden")
    turn("text")
    assert page.input_value("#text").endswith("# mine")
    turn("parameters")
    page.click("[data-parameter=lamps]")
    assert page.input_value("#p-lamps-default_value") == "many"
    page.locator("#new-key").press("End")
    page.locator("#new-key").press_sequentially("nt")
    page.keyboard.press("Enter")
    page.wait_for_selector("#form-p-amount")
    desk.opened.until(lambda: page.input_value("#new-key") == "", "the box to be free for the next")


def test_a_workflow_is_found_by_its_title(house: House, window: Opened) -> None:
    other = house.sandbox.workflow({**nested(), "title": "Polish the brass"})
    desk = Desk(house, window()).show()
    page = desk.page
    page.click(".editor__add a")
    page.wait_for_selector("#picker-find:focus")
    page.keyboard.type("run workflow")
    page.keyboard.press("Enter")
    box = page.locator("#workflow_trigger-workflow_permanent_id")
    box.press_sequentially("polish")
    page.wait_for_selector('#hints [aria-selected="true"]:has-text("Polish the brass")')
    desk.opened.check()
    page.keyboard.press("Enter")
    assert box.input_value() == other
    page.wait_for_selector(f"#workflow_trigger-workflow_permanent_id-named a[href='/workflows/{other}']")
    box.fill("{{ la")
    page.wait_for_selector('#hints [aria-selected="true"]')
    page.keyboard.press("Enter")
    assert box.input_value() == "{{ lamps }}"
    desk.kept()


def test_two_windows_lose_nothing(house: House, window: Opened) -> None:
    desk = Desk(house, window()).show()
    other = window()
    mine = desk.unfold("buy", "navigation_goal")
    mine.wait_for()
    other.open(desk.path + "?card=buy")
    other.page.fill("#buy-navigation_goal", "Theirs")
    other.until(lambda: "Draft kept" in other.page.inner_text("#editor-state"), "the other window")
    desk.opened.expected = {409}
    mine.fill("Mine")
    desk.page.wait_for_selector("#clash-buy pre")
    assert mine.input_value() == "Mine" and "Theirs" in desk.page.inner_text("#clash-buy")
    desk.page.click("#clash-buy button")
    desk.opened.until(lambda: "Mine" in desk.page.inner_text("#words-buy"), "mine to be taken")
    assert desk.page.locator("#clash-buy pre").count() == 0


def test_text_and_cards_are_one_and_a_save_leads_to_the_workflow(desk: Desk) -> None:
    page = desk.page
    page.click('.editor__tabs a[data-side="text"]')
    page.wait_for_selector(".texted__lines span")
    text = page.input_value("#text")
    desk.opened.expected = {422}
    page.fill("#text", text.replace("Buy it", "Buy: [it"))
    page.click("#editor-text button")
    page.wait_for_selector(".texted__lines mark")
    assert page.locator(".texted__lines mark").count() == 1 and "[it" in page.input_value("#text")
    page.fill("#text", text.replace("Buy it", "Buy two"))
    page.click("#editor-text button")
    desk.opened.until(lambda: "Buy two" in page.inner_text("#words-buy"), "the cards to follow")
    page.keyboard.press("Escape")
    page.locator("h1").click()
    with page.expect_navigation():
        page.keyboard.press("Control+s")
    desk.opened.check()
    desk.opened.press("form[data-submit-once] .btn--primary")
    assert desk.opened.path == f"/workflows/{desk.wpid}"
    assert desk.house.sandbox.call("GET", f"/api/v1/workflows/{desk.wpid}").json()["version"] == 2


def test_one_card_is_edited_without_scripts(house: House, window: Opened) -> None:
    desk = Desk(house, window(java_script_enabled=False))
    page = desk.opened.open(desk.path)
    desk.opened.press("#card-buy > .block__head .block__open")
    page.fill("#buy-navigation_goal", "Buy without scripts")
    desk.opened.press("#form-buy button[type=submit]")
    assert "Buy without scripts" in page.inner_text("#words-buy")
    page.select_option("#buy-place", "first")
    desk.opened.press(".sheet__move button")
    assert page.locator(".block").first.get_attribute("data-label") == "buy"
