"""Editing a draft: typing, structure, undo; private to its owner, without scripts too, never a field lost."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from ...sandbox_server import Sandbox
from ...support.people import Browser, Page
from .documents import many, nested, small
from .pages import Desk


@pytest.fixture
def desk(connected: Flask, ben: Browser, sandbox: Sandbox) -> Desk:
    return Desk(ben, sandbox.workflow(small()))


@pytest.fixture
def deep(connected: Flask, ben: Browser, sandbox: Sandbox) -> Desk:
    return Desk(ben, sandbox.workflow(nested()))


def test_looking_shows_the_cards_and_writes_nothing(deep: Desk, sandbox: Sandbox) -> None:
    page = deep.get()
    assert deep.labels == ["open_shop", "each_lamp", "open_lamp", "read_lamp", "is_cheap", "buy", "leave", "finish"]
    inside = page.one('#card-each_lamp ol[data-place="inside:each_lamp"]').select(".block__label")
    assert [each.get_text() for each in inside] == ["open_lamp", "read_lamp"]
    assert [way.get_text() for way in page.all("#card-is_cheap .way__words")] == [
        "If {{ read_lamp_output.price < 50 }}", "Otherwise"]
    assert "No changes yet" in page.words and page.one("#undo").has_attr("disabled")
    assert page.all("form[data-autosave]") == [], "the forms of closed cards are not in the page"
    assert not [seen for seen in sandbox.requests() if seen["method"] != "GET" and "/__" not in seen["target"]][1:]


def test_typing_is_kept_and_answers_with_all_but_the_form(desk: Desk) -> None:
    page = desk.type("order", navigation_goal="Order {{ lamp }} and {{ nothing }}")
    assert page.status == 200 and not page.all("textarea, form[data-autosave]")
    assert "{{ nothing }}" in page.one("#words-order").get_text()
    assert "nothing" in page.one("#problems-order").get_text()
    assert "Draft kept" in page.one("#editor-bar").get_text()
    assert "and {{ nothing }}" in desk.get("/block?label=order").one("#order-navigation_goal").get_text()
    assert desk.get().one("#undo")["aria-label"] == "Undo: order: Goal"


def test_what_cannot_be_read_is_told_at_its_field_and_the_rest_is_kept(desk: Desk) -> None:
    page = desk.type("rest", wait_sec="soon", continue_on_failure="true")
    assert "Seconds: This must be a whole number. Not kept." in page.words
    assert page.one("#problems-rest")["data-fields"].split() == ["rest-wait_sec"]
    assert "continue_on_failure: true" in desk.text and "wait_sec: 5" in desk.text
    page = desk.type("rest", htmx=False, wait_sec="soon")
    assert page.status == 422 and page.one("#rest-wait_sec")["value"] == "soon"


def test_a_block_that_another_window_changed_is_shown_with_both_texts(desk: Desk) -> None:
    seen = desk.seen("order")
    desk.type("order", navigation_goal="Theirs")
    page = desk.type("order", seen=seen, navigation_goal="Mine", url="https://x.example/")
    assert page.status == 409
    assert [each.get_text() for each in page.all("#clash-order pre")] == ["Theirs", "Mine", "–", "https://x.example/"]
    assert page.one("#seen-order")["value"] == seen and "Mine" not in desk.text
    newest = page.one("#clash-order button")["value"]
    page = desk.post("block", label="order", seen=seen, over=newest, f__navigation_goal="Mine")
    assert page.status == 200 and not page.all("#clash-order pre") and "Mine" in desk.text


def test_other_blocks_may_change_meanwhile(desk: Desk) -> None:
    seen = desk.seen("order")
    desk.type("rest", wait_sec="9")
    desk.post("block/place", label="order", direction="up")
    assert desk.type("order", seen=seen, navigation_goal="Mine").status == 200
    assert desk.labels == ["order", "open_shop", "rest"] and "wait_sec: 9" in desk.text


def test_blocks_are_added_copied_moved_and_deleted(deep: Desk) -> None:
    assert deep.get("/kinds?place=end:first").one('input[name="place"]')["value"] == "end:first"
    deep.post("blocks", block_type="wait", place="end:inside:each_lamp")
    deep.post("blocks", block_type="goto_url", place="way:is_cheap:1")
    deep.post("blocks", block_type="wait", place="end:first")
    assert deep.labels == ["open_shop", "each_lamp", "open_lamp", "read_lamp", "wait", "is_cheap", "buy", "goto_url",
                           "leave", "finish", "wait_2"]
    page = deep.post("block/copies", label="each_lamp")
    assert "each_lamp_copy" in page.one("#editor-said").get_text()
    page = deep.post("block/removal", label="each_lamp")
    assert "each_lamp deleted" in page.one("#editor-said").get_text()
    assert not {"each_lamp", "open_lamp", "read_lamp", "wait"} & set(deep.labels)
    for _ in range(5):
        deep.post("position", to="undo")
    assert deep.labels == ["open_shop", "each_lamp", "open_lamp", "read_lamp", "is_cheap", "buy", "leave", "finish"]
    assert "No changes yet" in deep.get().words, "everything undone is nothing changed"


@pytest.mark.parametrize(("label", "steps", "labels", "said"), [
    ("finish", "up", "open_shop each_lamp open_lamp read_lamp finish is_cheap buy leave", "number 3 of 4"),
    ("finish", "up up in", "open_shop each_lamp open_lamp read_lamp is_cheap buy leave finish", "first branch"),
    ("open_lamp", "out", "open_shop each_lamp read_lamp open_lamp is_cheap buy leave finish", "number 3 of 5"),
    ("is_cheap", "in", "open_shop each_lamp open_lamp read_lamp is_cheap buy leave finish", "in the loop each_lamp"),
])
def test_the_keys_of_a_handle_move_a_block(deep: Desk, label: str, steps: str, labels: str, said: str) -> None:
    if said == "first branch":
        steps, labels, said = "in", "open_shop each_lamp open_lamp read_lamp is_cheap buy finish leave", "number 2 of 2"
    for step in steps.split():
        page = deep.post("block/place", label=label, direction=step)
        assert page.status == 200
    assert deep.labels == labels.split() and said in page.one("#editor-said").get_text()


@pytest.mark.parametrize(("path", "data", "words"), [
    ("block/place", {"label": "open_shop", "direction": "up"}, "the first here"),
    ("block/place", {"label": "open_shop", "direction": "out"}, "not inside anything"),
    ("block/place", {"label": "each_lamp", "place": "inside:each_lamp"}, "cannot be moved into itself"),
    ("block/place", {"label": "buy", "place": "after:nobody"}, "no block named nobody"),
    ("block/place", {"label": "buy", "place": "way:is_cheap:99"}, "no such branch"),
    ("block/place", {"label": "buy", "place": "beyond"}, "no such place"),
    ("block/place", {"label": "nobody", "direction": "up"}, "nobody"),
    ("blocks", {"block_type": "teleport", "place": "first"}, "no such type"),
    ("ways", {"label": "is_cheap", "index": "7", "do": "remove"}, "no such branch"),
    ("ways", {"label": "buy", "do": "add"}, "no conditional"),
    ("block/removal", {"label": "nobody"}, "no block named nobody"),
])
def test_a_change_that_makes_no_sense_is_refused_in_words(deep: Desk, path: str, data: dict[str, str],
                                                          words: str) -> None:
    before = deep.labels
    page = deep.post(path, **data)
    assert page.status == 422 and words in page.headers["HX-Trigger"]
    plain = deep.post(path, htmx=False, **data)
    assert plain.status == 422 and words in plain.words
    assert deep.labels == before


def test_ways_are_added_ordered_and_removed(deep: Desk) -> None:
    deep.post("ways", label="is_cheap", do="add")
    words = [each.get_text() for each in deep.get().all("#card-is_cheap .way__words")]
    assert words == ["If {{ read_lamp_output.price < 50 }}", "Way 2, without a condition", "Otherwise"]
    deep.post("ways", label="is_cheap", do="up", index="1")
    assert deep.get().all("#card-is_cheap .way__words")[0].get_text() == "Way 1, without a condition"
    deep.post("ways", label="is_cheap", do="remove", index="1")
    assert "buy" not in deep.labels
    assert len(deep.get().all("#card-is_cheap .way__words")) == 2


def test_a_name_is_written_anew_everywhere_in_one_step(deep: Desk) -> None:
    page = deep.get("/naming?what=block&name=read_lamp")
    assert "is_cheap" in page.one(".mentions").get_text()
    assert deep.post("name", what="block", name="read_lamp", new="price").status == 200
    assert "price_output.price" in deep.text and "read_lamp" not in deep.text
    deep.post("position", to="undo")
    assert "price_output" not in deep.text
    for new, words in (("two words", "letters, digits"), ("buy", "named buy already")):
        page = deep.post("name", what="block", name="read_lamp", new=new)
        assert (page.status, page.headers["HX-Retarget"]) == (422, "#naming") and words in page.words
    assert deep.post("name", htmx=False, what="parameter", name="lamps", new="articles").status == 303
    assert "{{ articles }}" in deep.text


def test_parameters_are_added_typed_ordered_and_deleted(desk: Desk) -> None:
    page = desk.post("parameters", parameter_type="workflow", key="amount")
    seen = page.one('#form-p-amount input[name="seen"]')["value"]
    page = desk.post("parameter", key="amount", seen=seen, f__workflow_parameter_type="integer", f__default_value="3")
    assert '"again": "parameter:amount"' in page.headers["HX-Trigger"]
    assert re.search(r"default_value: 3\b", desk.text)
    seen = desk.get("/parameter?key=amount").one('input[name="seen"]')["value"]
    page = desk.post("parameter", key="amount", seen=seen, f__workflow_parameter_type="integer",
                     f__default_value="three")
    assert "whole number" in page.words
    desk.post("parameter/place", key="amount", direction="up")
    assert [each["data-parameter"] for each in desk.get().all("[data-parameter]")] == ["amount", "lamp"]
    for key, words in (("two words", "letters, digits"), ("lamp", "there already"), ("order_output", "there already")):
        page = desk.post("parameters", parameter_type="workflow", key=key)
        assert page.status == 422 and words in page.words and page.one("#new-key")["value"] == key
    assert "Used by order" in desk.get("/parameter?key=lamp").words
    desk.post("parameter/removal", key="lamp")
    assert "lamp" in desk.get("/side?side=problems").words, "what still mentions it is told"


def test_settings_go_where_they_belong(desk: Desk) -> None:
    seen = desk.get("/side?side=settings").one('input[name="seen"]')["value"]
    page = desk.post("settings", seen=seen, f__title="Lamps", f__workflow_system_prompt="Be brief.",
                     f__max_elapsed_time_minutes="30")
    assert page.status == 200
    for line in ("title: Lamps", "  workflow_system_prompt: Be brief."):
        assert line in desk.text.splitlines()
    assert desk.post("settings", seen=seen, f__title="Old").status == 409


def test_text_is_taken_whole_and_a_bad_one_says_where(desk: Desk) -> None:
    page = desk.get("/side?side=text")
    text, seen = page.one("textarea").get_text(), page.one('input[name="seen"]')["value"]
    broken = text.replace("blocks:", "blocks: [", 1)
    page = desk.post("text", seen=seen, text=broken)
    assert page.status == 422 and page.one("textarea")["data-wrong-line"].isdigit()
    assert page.one("textarea").get_text().strip() == broken.strip(), "what was typed is still there"
    changed = text.replace("Order {{ lamp }}", "Order two {{ lamp }}")
    page = desk.post("text", seen=seen, text=changed.replace("\n", "\r\n"))
    assert page.status == 200 and "Order two" in desk.text
    assert desk.get().one("#undo")["aria-label"] == "Undo: Text"
    page = desk.post("text", seen=seen, text=text)
    assert page.status == 409 and "Your text is still here" in page.words and "Order two" in desk.text
    assert desk.post("text", seen=seen, over=page.one('button[name="over"]')["value"], text=text).status == 200
    assert "Order two" not in desk.text


def test_a_long_text_is_taken(desk: Desk) -> None:
    page = desk.get("/side?side=text")
    text = page.one("textarea").get_text().replace("Order {{ lamp }}", "Order " + "é" * 600_000)
    page = desk.post("text", seen=page.one('input[name="seen"]')["value"], text=text)
    assert page.status == 200 and len(desk.text) > 600_000


def test_unknown_blocks_and_keys_are_shown_kept_and_sent_back(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    desk = Desk(ben, sandbox.workflow(small()))
    page = desk.get("/side?side=text")
    text = page.one("textarea").get_text().replace("block_type: wait", "block_type: teleport\n    to: moon")
    desk.post("text", seen=page.one('input[name="seen"]')["value"], text=text)
    page = desk.get("/block?label=rest")
    assert '"to": "moon"' in page.one('textarea[name="rest"]').get_text()
    desk.post("block", label="rest", seen=desk.seen("rest"), rest='{"to": "mars", "wait_sec": 5, "crew": [1]}')
    assert "to: mars" in desk.text and "crew" in desk.text and "block_type: teleport" in desk.text
    assert "Unknown: teleport" in desk.get().words


def test_hints_are_what_this_block_may_mention(deep: Desk) -> None:
    page = deep.get("/hints?block=buy")
    texts = [each["data-text"] for each in page.all(".hints__one")]
    assert "{{ lamps }}" in texts and "{{ read_lamp_output }}" in texts and "{{ finish_output }}" not in texts


def test_everything_works_without_scripts(deep: Desk) -> None:
    page = deep.get("?card=buy")
    form = page.one("#form-buy")
    assert form["action"] == f"{deep.base}/block" and page.one("#form-buy button[type=submit]")
    answer = deep.type("buy", htmx=False, navigation_goal="Buy two")
    assert (answer.status, answer.headers["Location"]) == (303, f"{deep.base}?card=buy")
    answer = deep.post("blocks", htmx=False, block_type="wait", place="after:buy")
    assert answer.headers["Location"] == f"{deep.base}?card=wait"
    assert deep.post("block/place", htmx=False, label="wait", place="first").status == 303
    assert deep.labels[0] == "wait"
    for path in ("block/place", "block/copies", "block/removal", "position", "parameters", "text", "base", "removal"):
        assert deep.get(f"/{path}").status == 405


def test_a_draft_is_nobodys_but_its_owners(connected: Flask, ben: Browser, cleo: Browser, ada: Browser,
                                           nobody: Browser, sandbox: Sandbox) -> None:
    bens = Desk(ben, sandbox.workflow(small()))
    bens.type("order", navigation_goal="Only Ben knows")
    cleos = Desk(cleo, bens.wpid)
    assert "Only Ben knows" not in cleos.text and "No changes yet" in cleos.get().words
    cleos.type("order", navigation_goal="Cleo")
    assert "Only Ben knows" in bens.text
    made = ben.post("/workflows/drafts", {"title": "Mine"}).headers["Location"]
    assert ben.get(made).status == 200
    for other in (cleo, ada):
        assert other.get(made).status == 404
        assert other.post(f"{made}/blocks", {"block_type": "wait"}).status == 404
        assert other.post(f"{made}/removal").status == 404
    assert nobody.get(made).status in (302, 303) and nobody.get(bens.base).status in (302, 303)


@pytest.mark.parametrize("path", ["", "/block?label=x", "/side?side=text", "/save", "/hints?block=x", "/kinds"])
def test_what_is_not_there_is_404(desk: Desk, path: str) -> None:
    for wpid in ("wpid_404", "draft_404", "nonsense"):
        assert desk.person.get(f"/workflows/{wpid}/edit{path}").status == 404
    assert desk.get("/block?label=nobody").status == desk.get("/parameter?key=nobody").status == 404
    assert desk.get("/side?side=moon").status == desk.get("/name?what=cat&name=x").status == 404


def test_a_draft_can_be_edited_while_skyvern_is_away(desk: Desk, sandbox: Sandbox) -> None:
    desk.type("order", navigation_goal="Two")
    sandbox.fault("/api/v1/workflows", "status", count=50, status=503)
    assert desk.get().status == 200 and desk.get("/newest").status == 200
    assert desk.type("rest", wait_sec="8").status == 200
    page = desk.get("/save")
    assert page.status == 200 and "does not answer" in page.words
    assert deep_save(desk).status == 502 and "Two" in desk.text, "the draft stays"


def test_two_hundred_blocks_open_fast(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    desk = Desk(ben, sandbox.workflow(many(200)))
    answer = ben.client.get(desk.base, headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200 and len(answer.get_data()) < 15 * 1024
    page = desk.type("order_1", navigation_goal="Order it")
    assert page.status == 200 and len(page.text) < 15 * 1024


def test_labels_of_every_kind_have_places(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    desk = Desk(ben, sandbox.workflow(small()))
    page = desk.get("/side?side=text")
    text = page.one("textarea").get_text().replace("label: rest", "label: 'ünï \"cödé\" <b>'")
    text = text.replace("label: order", "label: open_shop")
    desk.post("text", seen=page.one('input[name="seen"]')["value"], text=text)
    page = desk.get()
    assert page.status == 200 and len(page.all(".block")) == 3
    assert page.all(".bar__problems[data-worst=bad]")
    assert desk.get("/save").one("form[data-submit-once] button").has_attr("disabled")


def deep_save(desk: Desk) -> Page:
    return desk.post("save", False, position=str(desk.get().one("#editor-bar")["data-position"]))
