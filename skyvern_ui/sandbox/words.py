"""The words that choose how a simulated run goes. They may stand in a prompt, a title, a parameter or a block.

    [fail]        it fails: the shop answers with an error page
    [model]       it fails: the model's account has no balance (code 1113); no workflow is made of such a prompt
    [guess]       it fails, and the reason only guesses at the model
    [error]       it fails with the error code OUT_OF_STOCK
    [terminate]   it is terminated: the goal cannot be reached
    [pause]       halfway it waits for a person (a human_interaction block does so too)
    [totp]        halfway it waits for a one-time code: POST /v1/credentials/totp lets it go on
    [slow]        its work takes a minute
    [10], [1000]  it is over at once, after so many actions
    [cost]        its steps have a price
    vnc           in the address of a browser session: the session is shown by VNC

In a block with continue_on_failure, [fail] and its kin fail that block and nothing else. The blocks of a
workflow are played as it defines them: examples.compare_lamps has a loop, a branch and a run of another workflow.
A task of engine skyvern-2.0 has thoughts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

NO_BALANCE = ("Error while using LLMProvider SANDBOX \u2014 RateLimitError: litellm.RateLimitError: RateLimitError: "
              "OpenAIException - {\"error\":{\"message\":\"余额不足或无可用资源包,请充值\",\"code\":\"1113\"}}")


@dataclass(frozen=True)
class Failure:
    """How a run ends badly: its final status, the reason, the category and the error code it carries."""

    reason: str
    category: str
    error_code: str | None
    status: str = "failed"
    error_type: str = "SYSTEM_DEFINED_ERROR"

    @property
    def categories(self) -> list[dict[str, Any]]:
        return [{"category": self.category, "confidence_float": 0.9, "reasoning": self.reason}]

    @property
    def errors(self) -> list[dict[str, Any]]:
        if self.error_code is None:
            return []
        sure = {"confidence_float": 0.9} if self.error_type == "USER_DEFINED_ERROR" else {}
        return [{"error_code": self.error_code, "reasoning": self.reason, "error_type": self.error_type} | sure]


FAILURES = {
    "[fail]": Failure("Sandbox - simulated: the shop answered with an error page and the order could not be placed.",
                      "NAVIGATION_FAILURE", "REACH_MAX_RETRIES"),
    "[model]": Failure("The task failed due to LLM service errors. Sandbox - simulated. Error details: " + NO_BALANCE,
                       "LLM_ERROR", None),
    "[guess]": Failure("Sandbox - simulated: all 3 retry attempts failed to generate actions.", "LLM_ERROR",
                       "REACH_MAX_RETRIES"),
    "[error]": Failure("Sandbox - simulated: the lamp is sold out until March.", "DATA_EXTRACTION_FAILURE",
                       "OUT_OF_STOCK", error_type="USER_DEFINED_ERROR"),
    "[terminate]": Failure("Sandbox - simulated: the shop wants a captcha solved, so the goal cannot be reached.",
                           "ANTI_BOT_DETECTION", "CAPTCHA_DETECTED", status="terminated",
                           error_type="USER_DEFINED_ERROR"),
}


def failure_in(text: str) -> Failure | None:
    return next((failure for word, failure in FAILURES.items() if word in text), None)


def is_over_at_once(text: str) -> bool:
    return "[10]" in text or "[1000]" in text


def waits_in(text: str) -> str | None:
    """What a run of this text waits for halfway: `person`, `code` or nothing."""
    return "person" if "[pause]" in text else "code" if "[totp]" in text else None
