"""The scripted model answers short questions truthfully, and looks at the picture to do so."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.real.model import ScriptedModel, running_model
from tests.real.sight import COLOURS

FEW = {"max_tokens": 16}


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with running_model() as running:
        yield running


def ask(model: ScriptedModel, content: Any, key: str = "k", **more: Any) -> requests.Response:
    return requests.post(f"{model.url}/chat/completions", timeout=10, headers={"authorization": f"Bearer {key}"},
                         json={"messages": [{"role": "user", "content": content}], **more})


def said(answer: requests.Response) -> str:
    return str(answer.json()["choices"][0]["message"]["content"])


def picture(colour: tuple[int, int, int], *, kind: int = 2, filtered: int = 0) -> list[dict[str, Any]]:
    """A question with a square of one colour, as RGB (2) or with a palette (3)."""
    one = bytes(colour) if kind == 2 else b"\0"
    whole = one * 8
    if filtered == 1:  # each byte less the one a pixel to its left
        whole = one + bytes(len(one)) * 7
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, kind, 0, 0, 0))]
    chunks += [(b"PLTE", bytes(colour))] if kind == 3 else []
    chunks += [(b"IDAT", zlib.compress((bytes([filtered]) + whole) * 8)), (b"IEND", b"")]
    png = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks)
    address = "data:image/png;base64," + base64.b64encode(png).decode()
    return [{"type": "text", "text": "Which colour is this square? One word."},
            {"type": "image_url", "image_url": {"url": address}}]


@pytest.mark.parametrize("name", COLOURS)
def test_it_names_the_colour_it_is_shown(model: ScriptedModel, name: str) -> None:
    assert said(ask(model, picture(COLOURS[name]), **FEW)) == name


@pytest.mark.parametrize(("kind", "filtered"), [(3, 0), (2, 1)])
def test_it_reads_palettes_and_filters(model: ScriptedModel, kind: int, filtered: int) -> None:
    assert said(ask(model, picture((250, 10, 10), kind=kind, filtered=filtered), **FEW)) == "red"


def test_it_says_so_when_it_is_shown_no_picture(model: ScriptedModel) -> None:
    shown = [{"type": "text", "text": "Which colour?"}, {"type": "image_url", "image_url": {"url": "https://x/y.png"}}]
    assert said(ask(model, shown, **FEW)).startswith("I see nothing")


def test_the_blind_one_never_names_the_colour(model: ScriptedModel) -> None:
    model.set_mode("blind")
    assert "red" not in said(ask(model, picture(COLOURS["red"]), **FEW))


def test_the_text_only_one_refuses_pictures_and_nothing_else(model: ScriptedModel) -> None:
    model.set_mode("text_only")
    refused = ask(model, picture(COLOURS["red"]), **FEW)
    assert refused.status_code == 400 and "image_url is only supported" in refused.text
    assert said(ask(model, "Say ok.", **FEW)) == "ok"


def test_json_comes_as_it_was_asked_for(model: ScriptedModel) -> None:
    assert json.loads(said(ask(model, 'Answer with this JSON: {"sum": 4}', **FEW))) == {"sum": 4}


def test_real_work_is_not_taken_for_a_question(model: ScriptedModel) -> None:
    assert "user_goal_achieved" in said(ask(model, "Which colour, as JSON?", max_tokens=4096))


def test_a_refusal_may_hold_the_key(model: ScriptedModel) -> None:
    model.set_mode("echo_key")
    answer = ask(model, "Say ok.", key="sk-of-somebody", **FEW)
    assert answer.status_code == 401 and "sk-of-somebody" in answer.text


def test_where_to_begin_is_taken_from_the_question(model: ScriptedModel) -> None:
    told = said(ask(model, "Plan this task: go to http://127.0.0.1:8123/shop and buy a lamp."))
    assert json.loads(told)["url"] == "http://127.0.0.1:8123/shop"
