"""Google's Gemini speaks: a list of one object, a status in capitals, a delay among the details.
https://ai.google.dev/gemini-api/docs/troubleshooting"""

from __future__ import annotations

from ..rule import Rule, When, codes, words

EXHAUSTED = codes("resource_exhausted")

GEMINI = (
    Rule("gemini_no_free_quota", "provider", "operator", "no", "This model has no free quota at all.",
         "The limit is 0: waiting does not help, although the answer names a time.",
         ("Enable billing for the project, or choose a model with a free quota.",),
         (When(code=EXHAUSTED, words=words(r"limit: ?0(?![\d.])")),
          When(words=words(r"(?:free_tier|quota)[\s\S]{0,400}?limit: ?0(?![\d.])")))),
    Rule("gemini_rate", "provider", "operator", "backoff", "The model's quota is used up for the moment.",
         "Requests or tokens of this minute, or of this day, are gone.",
         ("Wait as long as it says.", "Let fewer runs go at once, or enable billing."),
         (When(code=EXHAUSTED), When(words=words(r"RESOURCE_EXHAUSTED|generativelanguage[\w.]{0,40}/generate\w{0,60}"
                                                 r"free_tier")))),
    Rule("gemini_key", "provider", "operator", "no", "The provider does not accept the model's key.",
         "Google takes the key for invalid, or it is not meant for this service.",
         ("Replace the key where the model is set up.", "See that the Generative Language API is enabled for it."),
         (When(code=codes("api_key_invalid")),
          When(words=words(r"API key not valid|API_KEY_INVALID|API key expired")))),
)
