"""What a guest may read, text by text."""

from __future__ import annotations

import time
from typing import Any

import pytest

from skyvern_ui.shares.redaction import HIDDEN, Redaction

ASKED: dict[str, Any] = {
    "prompt": "Pay the bill of Mrs Quillfeather\nwith account 4711-0815", "url": "https://bank.example/login",
    "parameters": {"account": 47110815, "names": ["Zanzibar", {"deep": "Xylophone"}], "pin": "12"},
    "webhook_url": "https://hooks.example/in", "extra_http_headers": {"Authorization": "Bearer sesame"},
    "totp_identifier": "till@shop.example",
}
HOUSE = ("http://10.1.2.3:8000", "10.1.2.3:8000")


def reader(shows_inputs: bool = False) -> Redaction:
    return Redaction(ASKED, ["typed words"], HOUSE, ["Ada@example.com"], shows_inputs=shows_inputs)


@pytest.mark.parametrize("text", [
    "Mrs quillfeather pays: pay the bill of mrs quillfeather", "account 47110815 is empty", "to ZANZIBAR",
    "a Xylophone", "I wrote typed words there", "see https://bank.example/login", "with account 4711-0815",
])
def test_what_was_asked_and_typed_is_left_out_unless_the_link_says_so(text: str) -> None:
    assert HIDDEN in reader().text(text)
    assert HIDDEN not in reader(shows_inputs=True).text(text)


@pytest.mark.parametrize("shows_inputs", [False, True])
@pytest.mark.parametrize("text", [
    "posted to https://hooks.example/in", "header Bearer sesame", "code for till@shop.example", "ask ADA@example.com.",
    "file:///data/artifacts/a.png", "http://localhost:9222/devtools", "http://127.0.0.1:1/x", "http://192.168.1.1/",
    "http://172.20.0.5:8000/v1", "http://10.1.2.3:8000/v1/runs", "at 10.1.2.3:8000", "http://[::1]:8000/",
])
def test_the_house_is_never_shown(text: str, shows_inputs: bool) -> None:
    said = reader(shows_inputs).text(text)
    assert HIDDEN in said
    for hidden in ("hooks.example", "sesame", "till@", "ada@", "/data/", "localhost", "127.0.0.1", "192.168", "172.20",
                   "10.1.2.3", "::1"):
        assert hidden not in said.lower()


def test_what_the_run_found_stays() -> None:
    found = {"price": 48.0, "shop": "https://shop.example/lamp", "mail": "service@shop.example", "in_stock": True,
             "none": None}
    assert reader().value(found) == found


def test_values_lose_the_ids_of_skyvern_at_every_depth() -> None:
    told = {"block_output": [{
        "task_id": "tsk_1", "task_screenshot_artifact_ids": ["a_1"], "downloaded_file_urls": ["x"],
        "extracted_information": {"who": "Zanzibar", "account": 47110815}}]}
    assert reader().value(told) == {"block_output": [{"extracted_information": {"who": HIDDEN, "account": HIDDEN}}]}


def test_a_secret_input_is_left_out_also_with_inputs() -> None:
    asked = {"parameters": {"shop_password": "Open-Sesame-9", "deep": [{"apiKey": "k-4711-x"}], "colour": "vermilion"}}
    said = Redaction(asked, [], [], [], shows_inputs=True).value({"a": "open-sesame-9 k-4711-x", "b": "vermilion"})
    assert said == {"a": f"{HIDDEN} {HIDDEN}", "b": "vermilion"}


def test_thousands_of_inputs_are_all_left_out_and_soon() -> None:
    words = [f"{chr(97 + n % 26)}{n:05d}word" for n in range(5000)]
    hidden = Redaction({"parameters": words}, ["pass1"], [], [], shows_inputs=False)
    text = " ".join(f"x{n:06d}" for n in range(25_000)) + " " + " ".join(words) + " PASS1"
    begun = time.process_time()
    said = hidden.text(text)
    assert time.process_time() - begun < 2.0, "one alternation of 2,000 words took five seconds"
    assert said.count(HIDDEN) == 5001 and "word" not in said and "PASS" not in said


def test_the_longest_is_taken_and_letters_that_grow_keep_their_place() -> None:
    hidden = Redaction({"parameters": ["lamp", "lampshade", "İzmir"]}, [], [], [], shows_inputs=False)
    assert hidden.text("İ the LAMPSHADE, the lamp, İZMİR end") == f"İ the {HIDDEN}, the {HIDDEN}, {HIDDEN} end"


def test_an_endless_value_has_an_end() -> None:
    deep: Any = "end"
    for _ in range(200):
        deep = [deep]
    assert HIDDEN in str(reader().value(deep))
