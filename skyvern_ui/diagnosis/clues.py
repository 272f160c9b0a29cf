"""What can be read out of an answer: status, codes, words, hosts. Made once, then every rule looks at it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from .diagnosis import Reply
from .digging import Dug, dig

MOST_BYTES = 65_536
MOST_WORDS = 16_384
CLASSES = {  # what LiteLLM's exceptions stand for
    "AuthenticationError": 401, "PermissionDeniedError": 403, "NotFoundError": 404, "Timeout": 408,
    "APITimeoutError": 408, "ContextWindowExceededError": 400, "ContentPolicyViolationError": 400,
    "UnprocessableEntityError": 422, "RateLimitError": 429, "InternalServerError": 500, "BadGatewayError": 502,
    "ServiceUnavailableError": 503, "BadRequestError": 400,
}
CLASS = re.compile(r"\b(" + "|".join(CLASSES) + r"):")
SAID_STATUS = re.compile(r"\b(?:error code|status code|http|status)[ :=]{1,3}(\d{3})\b", re.I)
SAID_CODE = re.compile(r"""["'](?:code|type|error_code)["']\s{0,4}:\s{0,4}["']?([A-Za-z][\w.-]{2,63}|\d{3,6})""")
BRACKETED = re.compile(r"\[(1[0-3]\d\d)\]\[")  # Zhipu's way through its Anthropic address
ADDRESS = re.compile(r"https?://([A-Za-z0-9.-]{1,253})")
REQUEST_IDS = ("x-request-id", "request-id", "x-litellm-call-id", "x-amzn-requestid", "cf-ray", "x-trace-id")


@dataclass(frozen=True, slots=True)
class Clues:
    """`status` is the answer's, or the one its words speak of. `codes` are lower case. `text` is everything it says,
    `message` the sentence nearest to the cause, `upstream_code` the provider's own code as it was written."""

    status: int | None
    codes: frozenset[str]
    text: str
    message: str
    hosts: str
    trouble: str
    asked: str
    kind: str
    upstream_code: str = ""
    request_id: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    leaves: tuple[tuple[str, str], ...] = ()

    def has_at(self, path: str, value: str) -> bool:
        """True when a JSON path that ends so holds this value (or anything, for `*`)."""
        return any((name == path or name.endswith("." + path)) and value in ("*", told) for name, told in self.leaves)


def clues_of(reply: Reply) -> Clues:
    """What this answer shows. Raises nothing, on any bytes."""
    headers = {str(name).lower(): str(value)[:1000] for name, value in reply.headers.items()}
    dug = dig(reply.body[:MOST_BYTES], headers.get("content-type", ""))
    found = [reply.host, _host(headers.get("x-litellm-model-api-base", "")), *ADDRESS.findall(dug.text[:MOST_WORDS])]
    request_id = next((headers[name] for name in REQUEST_IDS if headers.get(name)), "") or dug.request_id
    return _clues(dug, reply.status, reply.trouble, reply.asked, found, headers, request_id)


def clues_of_text(text: str) -> Clues:
    """What a reason or a detail shows: the status is the one it speaks of."""
    dug = dig(text[:MOST_BYTES].encode("utf-8", "replace"), "text/plain")
    return _clues(dug, None, "", "chat", ADDRESS.findall(dug.text[:MOST_WORDS]), {}, dug.request_id)


def _clues(dug: Dug, status: int | None, trouble: str, asked: str, found: list[str], headers: dict[str, str],
           request_id: str) -> Clues:
    text = dug.text[:MOST_WORDS]
    told = [*dug.codes, *SAID_CODE.findall(text)[:20], *BRACKETED.findall(text)[:5]]
    own = [code for code in told if not _is_status(code)]
    return Clues(
        status=status if status is not None else _said_status(text, told), codes=frozenset(c.lower() for c in own),
        text=text, message=dug.message, hosts=" ".join(filter(None, found))[:2000].lower(), trouble=trouble,
        asked=asked, kind=dug.kind, upstream_code=own[0][:80] if own else "", request_id=request_id[:120],
        headers=headers, leaves=dug.leaves,
    )


def _said_status(text: str, told: list[str]) -> int | None:
    """The status that words speak of: LiteLLM's class, `Error code: 429`, or a code that is a status."""
    named = CLASS.search(text)
    if named:
        return CLASSES[named.group(1)]
    said = SAID_STATUS.search(text)
    digits = [said.group(1)] if said else [code for code in told if _is_status(code)]
    return int(digits[0]) if digits else None


def _is_status(code: str) -> bool:
    return len(code) == 3 and code.isascii() and code.isdigit() and code[0] in "12345"


def _host(address: str) -> str:
    try:
        return urlsplit(address).netloc
    except ValueError:
        return ""
