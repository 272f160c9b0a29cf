"""A recorded reason for each cause: what the model had to do with a failure, in plain words."""

from __future__ import annotations

import pytest

from skyvern_ui.runs.model_errors import BY_CODE, MODEL_ERRORS, model_error_of

SAID = "The task failed due to LLM service errors. Error details: Error while using LLMProvider K — "
AGAIN = "Retryable error while using LLMProvider K — "
RETRIES = ("Max retries per step (3) exceeded. Possible failure reasons: The task failed because all 3 retry attempts "
           "failed to generate actions. This is typically caused by the page content exceeding the LLM context window, "
           "LLM service errors during action extraction (rate limiting, service outages), a malformed model response "
           "that could not be parsed into actions, or oversized input data.")
REASONS = {
    "balance": [SAID + "RateLimitError: litellm.RateLimitError: RateLimitError: OpenAIException - {\"error\":{\"code\":"
                "\"1113\",\"message\":\"余额不足或无可用资源包,请充值\"}}",
                AGAIN + "APIError: litellm.APIError: DeepseekException - {'error':{'message':'Insufficient Balance'}}",
                SAID + "RateLimitError: You exceeded your current quota, please check your plan (insufficient_quota)"],
    "unknown_model": [SAID + "BadRequestError: OpenAIException - {\"error\":{\"code\":\"1211\"}}",
                      SAID + "BadRequestError: OpenAIException - 模型不存在",
                      SAID + "NotFoundError: litellm.NotFoundError: model_not_found",
                      SAID + "BadRequestError: LLM Provider NOT provided. Pass in the LLM provider"],
    "free_tier": [SAID + "PermissionDeniedError: AllocationQuota.FreeTierOnly",
                  SAID + "RateLimitError: RESOURCE_EXHAUSTED generate_content_free_tier_requests, limit: 0"],
    "wrong_key": [SAID + "AuthenticationError: litellm.AuthenticationError: Incorrect API key provided"],
    "rate_limit": [SAID + "RateLimitError: litellm.RateLimitError: Rate limit reached for gpt-4o: RPM"],
    "wrong_method": [SAID + "APIError: litellm.APIError: APIError: OpenAIException - Method Not Allowed"],
    "timeout": [AGAIN + "Timeout: litellm.Timeout: APITimeoutError - Request timed out."],
    "unreachable": [AGAIN + "APIConnectionError: litellm.APIConnectionError: connection refused"],
    "budget": [SAID + "BadRequestError: Budget has been exceeded! Key=x"],
    "not_configured": ["LLM config with key GLM is not a valid LLMConfig"],
    "too_large": [SAID + "ContextWindowExceededError: litellm.ContextWindowExceededError: context_length_exceeded"],
    "no_pictures": [SAID + "BadRequestError: this model does not support image input"],
    "no_right": [SAID + "PermissionDeniedError: key_model_access_denied"],
    "away": [AGAIN + "InternalServerError: litellm.InternalServerError: overloaded"],
    "bad_answer": ["LLM response content is not a valid JSON: {", RETRIES],
    "": ["Timeout in failure reason", "The shop answered 429", "The page says: insufficient balance", "", "401"],
}


@pytest.mark.parametrize(("code", "reason"), [(code, reason) for code, all_ in REASONS.items() for reason in all_])
def test_a_reason_is_understood(code: str, reason: str) -> None:
    assert model_error_of(reason) == code


def test_every_cause_is_proven_and_says_what_to_do() -> None:
    assert {error.code for error in MODEL_ERRORS} == set(REASONS) - {""}
    assert all(error.title.endswith(".") and error.fix.endswith(".") for error in BY_CODE.values())


def test_a_model_error_without_words_is_still_one() -> None:
    assert model_error_of("Error while using LLMProvider K") == "model"
    assert model_error_of("It did not work.", "LLM_ERROR") == "model"
