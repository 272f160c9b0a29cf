"""What a failed run's reason says about the model behind Skyvern: patterns, plain words, what to do.

Read from top to bottom; the first that fits counts. A provider's own code stands before the status, because 429 means
four different things (field notes 4). Skyvern puts LiteLLM's words after a dash since 1.0.29 (api 7.3); older releases
say no more than that the model failed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# Only a reason that speaks of the model is looked at: "timed out" alone is mostly a web page.
SPEAKS_OF_MODEL = re.compile(r"LLMProvider|LLM config with key|LLM service error|failed to generate actions|litellm\.|"
                             r"LLM response content|LLM failure|context window|language model", re.I)


@dataclass(frozen=True, slots=True)
class ModelError:
    """One cause: `code` is what is stored, `title` and `fix` are for people; `pattern` finds it in a reason."""

    code: str
    title: str
    fix: str
    pattern: re.Pattern[str]


def _error(code: str, pattern: str, title: str, fix: str) -> ModelError:
    return ModelError(code, title, fix, re.compile(pattern, re.I))


MODEL_ERRORS = (
    _error("free_tier", r"FreeTierOnly|free tier of the model has been exhausted|free_tier|limit: 0\b",
           "The model's free allowance is used up.",
           "Leave the provider's “free tier only” mode, enable billing, or choose a model with a free quota."),
    _error("balance", r"[\"'(\s:]1113\b|余额不足|insufficient[ _]balance|no resource package|insufficient_quota|"
           r"exceeded your current quota|payment_required|paid balance is insufficient|Arrearage|\b402\b",
           "The account of the model is out of credit.",
           "Top the account up. A Zhipu Coding Plan has a base address of its own. Trying again does not help."),
    _error("budget", r"budget_exceeded|Budget has been exceeded", "The budget set in LiteLLM is used up.",
           "Raise or reset the budget of that key or team in LiteLLM."),
    _error("unknown_model", r"[\"'(\s:]1211\b|模型不存在|model_not_found|ModelNotFound|Invalid model name|"
           r"litellm\.NotFoundError|\bNotFoundError\b|LLM Provider NOT provided",
           "The model's name is not known there.",
           "Compare it with the provider's list; LiteLLM wants the provider in front, as in openai/name."),
    _error("no_right", r"key_model_access_denied|(team|org)_model_access_denied|AccessDenied|[\"'(\s:]1311\b",
           "The key may not use this model.", "Add the model to the key's plan or team, or choose another one."),
    _error("wrong_key", r"AuthenticationError|invalid_api_key|Incorrect API key|InvalidApiKey|No api key passed in|"
           r"token_not_found_in_db|expired_key|[\"'(\s:]100[0-4]\b|\b401\b",
           "The model's key is wrong, expired or for another address.",
           "Replace the key, and see that key, base address and region belong together."),
    _error("not_configured", r"LLM config with key|Environment variables .* are required for LLMProvider",
           "Skyvern has no such model set up.", "Set LLM_KEY and that provider's variables on the Skyvern server."),
    _error("wrong_method", r"\b405\b|Method Not Allowed", "The model's address takes no such request.",
           "The base address has too much or too little path: it usually ends with /v1."),
    _error("too_large", r"context_length_exceeded|ContextWindowExceeded|context window exceeded|prompt is too long|"
           r"[\"'(\s:]1261\b|Range of input length", "The page was too large for the model.",
           "Choose a model with a larger context, or fewer screenshots."),
    _error("no_pictures", r"not support image|image_url is only supported|does not support images|"
           r"Cannot preprocess image", "The model cannot look at pictures.",
           "Choose a vision model, or switch Skyvern's vision off for it."),
    _error("rate_limit", r"RateLimitError|rate_limit_exceeded|Rate limit reached|Throttling|RESOURCE_EXHAUSTED|"
           r"[\"'(\s:]13(0[235]|12)\b|\b429\b", "The model was asked too often.",
           "Let fewer runs go at once, or raise the limit at the provider."),
    _error("unreachable", r"APIConnectionError|Connection error|connection refused|Name or service not known",
           "The model cannot be reached.",
           "Check its address from the Skyvern server: inside Docker, localhost is the container itself."),
    _error("timeout", r"litellm\.Timeout|APITimeoutError|\bTimeout:|Request timed out",
           "The model answered too slowly.", "Raise the smallest timeout on the way, or choose a faster model."),
    _error("away", r"ServiceUnavailable|InternalServerError|overloaded|no healthy deployment|\b50[0234]\b",
           "The model's provider was down.", "Try again later; a second model in LiteLLM bridges such gaps."),
    _error("bad_answer", r"not a valid JSON|is empty:|OutputTruncated|malformed model response|"
           r"failed to generate actions",
           "The model gave no usable answer.",
           "Often the model is too weak for the page, or its service failed. The run's diagnostics show more."),
)
UNCLEAR = ModelError("model", "The model failed, and Skyvern does not say how.",
                     "Look at Skyvern's log, and try the model with a small request.", re.compile(""))
BY_CODE = {error.code: error for error in (*MODEL_ERRORS, UNCLEAR)}


def model_error_of(reason: str, category: str = "") -> str:
    """The code of the model's part in this failure, or an empty text when the model had none."""
    if not SPEAKS_OF_MODEL.search(reason) and category != "LLM_ERROR":
        return ""
    found = next((error.code for error in MODEL_ERRORS if error.pattern.search(reason)), None)
    return found or UNCLEAR.code
