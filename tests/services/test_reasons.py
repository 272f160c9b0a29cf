"""Why calls came to nothing: every code that programs are answered has words for the admin, unknown ones too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import skyvern_ui
from skyvern_ui.services.door import WORDS
from skyvern_ui.services.refusals.reason_words import REASONS, end_of, reason_of

HOUSE = Path(skyvern_ui.__file__).parent
SPEAKERS = [*(HOUSE / "services").rglob("*.py"), *(HOUSE / "llm" / "gateway").rglob("*.py")]


def codes() -> set[str]:
    text = "\n".join(path.read_text("utf-8") for path in SPEAKERS)
    return set(re.findall(r"Refused\(\s*\d{3},\s*\"([a-z_]+)\"", text)) | {code for code, _ in WORDS.values()}


@pytest.mark.parametrize("code", sorted(codes()))
def test_every_code_has_a_sentence_and_a_cure(code: str) -> None:
    found = reason_of(code)
    assert found.title.endswith(".") and found.fix.endswith(".") and "_" not in found.title


@pytest.mark.parametrize(("code", "said"), [
    ("upstream_429", REASONS["upstream_busy"].title), ("upstream_503", REASONS["upstream_failed"].title),
    ("upstream_404", "The model, or its route, does not exist at the provider."),
    ("skyvern_409", "Skyvern refused it (409)."), ("invalid_value", "The request was not as it must be."),
    ("something_new", "Something new."), ("", "."),
])
def test_codes_that_are_made_of_others_and_unknown_ones(code: str, said: str) -> None:
    assert reason_of(code).title == said


def test_how_a_call_ended() -> None:
    assert end_of("done") == "Done" and end_of(None) == "Under way"
    assert end_of("upstream_timeout") == "The model took too long to answer"
