"""The sandbox makes the journey that was recorded from the real Skyvern, and says the same things in the same shape."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real.record import RECORDED, record_all
from tests.real.recorder import Recorder
from tests.sandbox.comparing import differences
from tests.sandbox_server import running_sandbox

NAMES = sorted(path.stem for path in RECORDED.glob("*.json"))
OTHER_WORDS = {"models": "the sandbox has one model of its own"}


@pytest.fixture(scope="module")
def said_by_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("said")
    with running_sandbox() as sandbox:
        record_all(Recorder(sandbox.url, sandbox.key, folder, {sandbox.key: "***"}), "http://site.test")
    yield folder


@pytest.mark.parametrize("name", NAMES)
def test_the_sandbox_answers_in_the_recorded_shape(name: str, said_by_sandbox: Path) -> None:
    real = json.loads((RECORDED / f"{name}.json").read_text())
    ours = json.loads((said_by_sandbox / f"{name}.json").read_text())
    assert differences(real, ours) == [], OTHER_WORDS.get(name, "")


def test_no_recording_holds_a_key_or_a_path_of_the_machine_that_made_it() -> None:
    for path in RECORDED.glob("*.json"):
        text = path.read_text()
        assert "eyJ" not in text, path.name
        assert not re.search(r"/(tmp|home|root|var)/", text), path.name


def test_every_recording_belongs_to_the_journey(said_by_sandbox: Path) -> None:
    assert sorted(path.stem for path in said_by_sandbox.glob("*.json")) == NAMES
