"""Which inputs of a run a page does not show, by their names: passwords, keys, codes, cards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

SECRET = re.compile(
    r"(?:^|_)pass$|pass(?:word|wd|phrase|code)|secret|token|api_?key|(?:^|_)key$|private_?key|credential"
    r"|totp|otp_?(?:code|secret)|(?:^|_)(?:otp|pin|mfa|2fa)(?:_|$)|card_?(?:number|no|code)|credit_?card|(?:^|_)(?:cvv|cvc|iban|ssn)"
    r"|authorization|cookie|session_?id_?cookie", re.I)
NOT_SECRET = frozenset({"totp_identifier", "totp_url", "credential_id", "max_tokens"})
HEADERS = frozenset({"extra_http_headers", "cdp_connect_headers"})


def is_secret(name: str) -> bool:
    """True for a name that a value nobody should read goes by: `shop_password`, `apiKey`, `card-number`."""
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])|[\s-]+", "_", name)
    return plain not in NOT_SECRET and (plain in HEADERS or SECRET.search(plain) is not None)


def unsecret(value: Any, name: str = "") -> Any:
    """The value without what must not be shown: None where it is a secret itself, `(not shown)` for those inside."""
    if name and is_secret(name):
        return None
    if isinstance(value, dict):
        return {key: "(not shown)" if is_secret(str(key)) else unsecret(each) for key, each in value.items()}
    if isinstance(value, list):
        return [unsecret(each) for each in value]
    return value


def secrets_in(value: Any) -> Iterator[Any]:
    """The values that `unsecret` would not show, at every depth."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from (each,) if is_secret(str(key)) else secrets_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from secrets_in(each)
