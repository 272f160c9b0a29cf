"""What everybody may read of a reason: the page's part as it is, the model's part as one plain sentence."""

from __future__ import annotations

import pytest

from skyvern_ui.diagnosis.excerpt import masked
from skyvern_ui.diagnosis.plain import plain_reason
from skyvern_ui.diagnosis.table import BY_CODE


@pytest.mark.parametrize("text", ["The lamp is sold out.", "Page.goto: Timeout 30000ms exceeded.", "", None])
def test_what_does_not_speak_of_the_model_stays(text: str | None) -> None:
    assert plain_reason(text) == (text or "")


def test_names_and_addresses_of_the_model_are_not_for_everybody() -> None:
    said = ("navigation block failed. failure reason: Error while using LLMProvider INTERNAL_NAME — NotFoundError: "
            "litellm.NotFoundError: OpenAIException - The model `x` does not exist at https://gateway.internal:4000/v1")
    assert plain_reason(said) == BY_CODE["unknown_model"].title


def test_a_key_in_a_reason_is_masked() -> None:
    assert masked("Incorrect API key provided: sk-proj-abcdefghijklmnop. Find yours.") == (
        "Incorrect API key provided: [hidden] Find yours.")
    assert masked("Skyvern's task-force did it") == "Skyvern's task-force did it" and masked(None) == ""
