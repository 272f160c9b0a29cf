"""Nobody said anything known: the status, the path and the kind of body must do. The last resort, from top to
bottom."""

from __future__ import annotations

from ..rule import Rule, When, words

OF_MODELS = ("models", "chat", "image", "json", "embedding")

STATUSES = (
    Rule("base_doubled", "gateway", "operator", "no", "The base address has too much path.",
         "A part of it appears twice in what was asked.",
         ("Let the base address end with /v1; leave /chat/completions away.",),
         (When(words=words(r"/v1/v1/|/chat/completions/chat/completions|/v1/chat/completions/v1"), asked=OF_MODELS),)),
    Rule("firewall", "gateway", "operator", "no", "A firewall before the provider refuses this server.",
         "What came back is a page of the firewall, not an answer of the model.",
         ("Ask from another network, or take another provider.",),
         (When(status=(403, 503), body=("html",), asked=OF_MODELS),
          When(words=words(r"attention required! \| cloudflare|cloudflare ray id|just a moment\.\.\."),
               asked=OF_MODELS))),
    Rule("wrong_method", "gateway", "operator", "no", "The model's address takes no such request.",
         "Host and port are right, the path is not: /v1 is missing or there twice, or a web page listens there.",
         ("Let the base address end with /v1, without /chat/completions; try it with and without /v1.",),
         (When(status=(405,), asked=OF_MODELS),
          When(words=words(r"method not allowed|method_not_allowed"), asked=OF_MODELS))),
    Rule("media_type", "gateway", "operator", "no", "The model's server does not like the kind of body.",
         "It wants application/json and nothing behind it.",
         ("Send the header as bare application/json, without a charset.",),
         (When(status=(415,), asked=OF_MODELS), When(words=words(r"unsupported media type"), asked=OF_MODELS))),
    Rule("base_wrong", "gateway", "operator", "no", "There is no model's API at this path.",
         "The server answers, but not here: the base address has too much or too little path.",
         ("Let the base address end with /v1, without /chat/completions; try it with and without /v1.",),
         (When(status=(404,), asked=OF_MODELS), When(status=(200, 201, 204), body=("html", "text", "empty"),
                                                     asked=OF_MODELS),
          When(words=words(r"NotFoundError[\s\S]{0,200}?not found"), asked=OF_MODELS))),
    Rule("no_right", "provider", "operator", "no", "The key may not do this.",
         "The provider knows the key and refuses it all the same.",
         ("Give the key the right to this model, or use another one.",),
         (When(status=(403,), asked=OF_MODELS), When(words=words(r"PermissionDeniedError"), asked=OF_MODELS))),
    Rule("broke_inside", "gateway", "operator", "backoff", "The model's server broke over this request.",
         "It answers with an error of its own and says no more. LiteLLM without a database does so when no key is "
         "sent.", ("See that a key is set for the model.", "Look at the log of the model's server."),
         (When(status=(500,), body=("text", "empty"), words=words(r"^(?:internal server error)?\s*$"),
               asked=OF_MODELS),)),
    Rule("away", "provider", "provider", "backoff", "The model's provider is down.",
         "It answers with an error of its own.",
         ("Try again later. A second model as a fallback in LiteLLM bridges such gaps.",),
         (When(status=(500, 501, 502, 503, 520, 521, 523, 525, 526, 527, 530), asked=OF_MODELS),
          When(words=words(r"ServiceUnavailable|InternalServerError|BadGatewayError|bad gateway|service unavailable"),
               asked=OF_MODELS))),
    Rule("not_understood", "provider", "operator", "no", "The model's server refused the request.",
         "Nothing known stands in its answer; its own words are below.",
         ("Read what it says, and look at its log.",),
         (When(status=(*range(400, 500), *range(502, 600)), asked=OF_MODELS),
          When(at=("error.message", "*"), asked=OF_MODELS), When(words=words(r"BadRequestError"), asked=OF_MODELS))),
)
