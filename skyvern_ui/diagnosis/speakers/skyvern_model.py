"""Skyvern speaks about the model: what it could not use, and what it only guesses. api 7.3."""

from __future__ import annotations

from ..rule import Rule, When, words

LOOK = "The doctor asks the model itself and names the cause."

SKYVERN_MODEL = (
    Rule("not_configured", "skyvern", "operator", "no", "Skyvern has no such model set up.",
         "The model it was told to use does not exist in its settings, or settings of it are missing.",
         ("Add a model under “Models”, or set LLM_KEY and that provider's variables on the Skyvern server.",),
         (When(words=words(r"LLM config with key|are required for LLMProvider|at least one LLM provider must be "
                           r"enabled|custom LLM model not found")),)),
    Rule("truncated", "skyvern", "operator", "no", "The model's answer was cut off.",
         "It used up its tokens before it had said what Skyvern needs; thinking models spend them on thinking.",
         ("Raise the model's largest number of tokens, or lower its reasoning effort.",),
         (When(words=words(r"LLM output truncated|LLMOutputTruncated|finish_reason=length")),)),
    Rule("bad_answer", "skyvern", "operator", "backoff", "The model answered, but not in the form Skyvern needs.",
         "Skyvern asks for JSON of a certain shape. Weak models, and services that add words of their own, miss it.",
         ("Choose a stronger model.", LOOK),
         (When(words=words(r"LLM response content is|InvalidLLMResponse|does not contain a usable 'actions' list|"
                           r"EmptyLLMResponse")), When(trouble=("not_json",)))),
    Rule("no_actions", "skyvern", "operator", "backoff", "The model gave nothing Skyvern could act on.",
         "Skyvern only guesses at the reason: the model failed, answered something unusable, or the page was too "
         "large for it.", (LOOK,),
         (When(words=words(r"failed to generate actions"), unless=words(r"LLMProvider|litellm\.")),)),
)
UNCLEAR = (
    Rule("unclear", "skyvern", "operator", "backoff", "The model failed, and Skyvern does not say how.",
         "Releases before 1.0.29 keep the cause to themselves, and some places still do.",
         (LOOK, "Skyvern's log has the cause."),
         (When(words=words(r"LLMProvider|LLM service error|LLM failure|language model|litellm")),)),
)
GUESSES = frozenset({"no_actions", "unclear"})
SPEAKS_OF_MODEL = words(  # "timed out" alone is mostly a web page
    r"LLMProvider|LLM config with key|LLM service error|failed to generate actions|litellm\.|LLM response|LLM failure|"
    r"context window|language model|LLM output truncated|LLMOutputTruncated|InvalidLLMResponse|EmptyLLMResponse|"
    r"custom LLM model|LLM provider must be enabled|LLM Provider NOT provided")
