"""A provider speaks, whoever it is: OpenAI and all that speak like it, DeepSeek, OpenRouter, SiliconFlow, Ollama,
Fireworks, LM Studio, NVIDIA. Its own code counts before the status. Field notes 4."""

from __future__ import annotations

from ..rule import Rule, When, codes, words

OF_MODELS = ("models", "chat", "image", "json", "embedding")

PROVIDERS = (
    Rule("key_limit", "provider", "operator", "no", "This key has used up its own limit.",
         "The account may have money; the key has a cap, and that is reached.",
         ("Raise the key's limit at the provider, or wait until it is reset.",),
         (When(at=("limit_source", "openrouter_key_limit")),
          When(words=words(r"openrouter_key_limit|key limit exceeded|key has (?:reached|exceeded) its limit")))),
    Rule("paid_balance", "provider", "operator", "no", "Only paid credit counts for this model.",
         "Credit that was given away does not pay for this “Pro” model.",
         ("Top the account up, or take the variant without Pro.",),
         (When(code=codes("30011")), When(words=words(r"paid balance is insufficient")))),
    Rule("quota", "provider", "operator", "no", "The provider's quota is used up.",
         "This is about money or the plan, not about speed.",
         ("Look at billing and limits in the provider's console.",),
         (When(code=codes("insufficient_quota", "insufficient_user_quota", "billing_hard_limit_reached")),
          When(words=words(r"exceeded your current quota|insufficient_quota|billing hard limit")))),
    Rule("balance", "provider", "operator", "no", "The account of the model is out of credit.",
         "The provider answers nothing until it is topped up.", ("Top the account up at the provider.",),
         (When(at=("limit_source", "openrouter_credits")), When(status=(402,), asked=OF_MODELS),
          When(code=codes("payment_required", "insufficient_balance", "insufficient_credits")),
          When(words=words(r"insufficient[ _]balance|insufficient[ _]credits?|payment_required|payment required|"
                           r"credit balance is too low|requires more credits|out of credit")))),
    Rule("free_tier", "provider", "operator", "no", "The model's free allowance is used up.",
         "What is free of charge is gone.", ("Enable billing at the provider, or choose another model.",),
         (When(words=words(r"free tier (?:of|has|is|limit)|free_tier|free quota (?:has|is)|free-models-per-day")),)),
    Rule("region", "provider", "operator", "no", "The provider does not serve this country.",
         "It looks at where the request comes from.",
         ("Use a provider that serves this country, or let the request leave from another network.",),
         (When(code=codes("unsupported_country_region_territory")),
          When(words=words(r"unsupported_country_region|country, region, or territory not supported|"
                           r"user location is not supported")))),
    Rule("no_pictures", "provider", "operator", "no", "The model cannot look at pictures.",
         "Skyvern sends screenshots, and this model takes text only.",
         ("Choose a vision model.",
          "Or let Skyvern work from the page's text: switch “vision” off for this model; for Ollama set "
          "OLLAMA_SUPPORTS_VISION=false."),
         (When(words=words(r"not support image|not support vision|image_url is only supported|"
                           r"cannot preprocess image|does not support images|image input is not supported|"
                           r"images? (?:is|are) not supported|not a multimodal model|no endpoints found that support "
                           r"image|unknown variant `?image_url|vision is not supported")),
          When(words=words(r"did not match any variant[\s\S]{0,200}?ChatCompletionRequestContent")))),
    Rule("picture_not_seen", "provider", "operator", "no", "The model answers, but it does not see the picture.",
         "The picture was dropped on the way without a word: asked for its colour, the model did not know it.",
         ("Choose a vision model, or a provider that passes pictures on.",),
         (When(trouble=("not_seen",)),
          When(status=(200,), asked=("image",), words=words(
              r"can(?:no|')t (?:view|see|process|analy[sz]e) images?|unable to (?:view|see|process) images?|"
              r"(?:no|any) image (?:was )?(?:attached|provided)|don't see (?:any|an) image")))),
    Rule("too_large", "provider", "operator", "no", "The page was too large for the model.",
         "Text and screenshots together are longer than it can read.",
         ("Choose a model with a larger context, or let Skyvern take fewer screenshots.",),
         (When(code=codes("context_length_exceeded", "string_above_max_length", "request_too_large")),
          When(words=words(r"context_length_exceeded|ContextWindowExceeded|context window (?:was |is )?exceeded|"
                           r"maximum context length|prompt is too long|range of input length|input is too long|"
                           r"exceeds the (?:model's )?context|too many tokens")),
          When(status=(413,), asked=OF_MODELS))),
    Rule("filtered", "provider", "caller", "no", "The provider's safety filter stepped in.",
         "It takes the text, the picture or its own answer for unsafe.",
         ("Say it in other words, or choose another model.",),
         (When(code=codes("content_filter", "datainspectionfailed", "data_inspection_failed",
                          "content_policy_violation")),
          When(words=words(r"content_filter|ContentPolicyViolation|DataInspectionFailed|content management policy|"
                           r"may contain inappropriate content")))),
    Rule("wrong_key", "provider", "operator", "no", "The provider does not accept the model's key.",
         "It is wrong, revoked, or for another region, plan or address.",
         ("Replace the key where the model is set up.", "Key, base address and region must belong together."),
         (When(code=codes("invalid_api_key", "invalidapikey", "authentication_error", "invalid_authentication_error")),
          When(words=words(r"incorrect api key|invalid_api_key|InvalidApiKey|invalid api.?key|AuthenticationError|"
                           r"no auth credentials found|user not found\.|invalid x-api-key")),
          When(status=(401,), asked=OF_MODELS))),
    Rule("unknown_model", "provider", "operator", "no", "The provider does not know this model.",
         "Its name is misspelt, it is retired, or it is not offered in this region.",
         ("Take a name from the provider's own list.",),
         (When(code=codes("model_not_found", "modelnotfound", "model_not_supported")),
          When(words=words(r"model_not_found|ModelNotFound|model [`'\"\w./:-]{0,120} (?:does not exist|not found)|"
                           r"not a valid model id|no such model|model can not be found|"
                           r"is not found for API version|try pulling it first")))),
    Rule("parameter", "provider", "operator", "no", "The model does not take a parameter it was asked with.",
         "Mostly response_format, max_tokens, temperature or stream_options.",
         ("LiteLLM: set drop_params: true.", "Else remove the parameter that the message names."),
         (When(code=codes("unsupported_parameter", "unsupported_value", "invalidparameter",
                          "invalid_parameter_error")),
          When(words=words(r"unsupported parameter|UnsupportedParams|InvalidParameter|unsupported value: |"
                           r"unrecognized request argument|extra inputs are not permitted|does not support parameters|"
                           r"use '?max_completion_tokens'? instead")))),
    Rule("overloaded", "provider", "provider", "backoff", "The provider is overloaded.",
         "It has too much to do; neither key nor account is at fault.",
         ("Wait a moment. A second model as a fallback in LiteLLM bridges such gaps.",),
         (When(status=(529,)), When(code=codes("overloaded_error", "engine_overloaded", "server_overloaded")),
          When(words=words(r"overloaded|at capacity right now|model is currently loading")))),
    Rule("rate_limit", "provider", "operator", "backoff", "The model is asked too often.",
         "The provider's limit of requests or tokens per minute is reached.",
         ("Let fewer runs go at once, or ask the provider for a higher limit.",),
         (When(code=codes("rate_limit_exceeded", "rate_limit_error", "too_many_requests")),
          When(words=words(r"rate limit reached|rate_limit_exceeded|rate limit exceeded|too many requests|"
                           r"RateLimitError")), When(status=(429,)))),
)
