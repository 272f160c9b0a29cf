"""Which headers cross, in each direction. Two allow-lists; what is not named here does not cross.

Nothing is copied and then deleted, so a header that the client nominates in `Connection`, writes with
underscores or sends twice can neither remove nor replace one of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from skyvern_ui.relay.key_scan import KeyScan

UP = frozenset(
    {
        "accept",
        "accept-language",
        "content-length",
        "content-type",
        "idempotency-key",
        "if-modified-since",
        "if-none-match",
        "if-range",
        "range",
    }
)
DOWN = frozenset(
    {
        "accept-ranges",
        "content-disposition",
        "content-length",
        "content-range",
        "content-type",
        "etag",
        "last-modified",
        "retry-after",
    }
)
_VALUE = re.compile(r"[\t -~]{0,4096}")
_STEPS = re.compile(r"[1-9][0-9]{0,3}")
_LENGTH = re.compile(r"[0-9]{1,15}")


def request_headers(
    client: Iterable[tuple[str, str]], key: str, *, host: str, allow_steps: bool = False
) -> list[tuple[str, str]]:
    """The headers sent to Skyvern: the client's harmless ones, then ours. Never its Host, cookie or key.

    `key` is the stored API key, `host` the upstream's own name (with its port if it is unusual).
    `x-max-steps-override` crosses only with `allow_steps`, and only as 1 to 9999. The first value of a
    repeated header counts; a value outside printable ASCII is dropped. Skyvern's contract: `x-api-key`
    is the key as it is, `x-user-agent: skyvern-ui` makes it answer as it does to its own front end.
    """
    chosen: dict[str, str] = {}
    for name, value in client:
        name = name.lower()
        if name in chosen or _VALUE.fullmatch(value) is None:
            continue
        if (name in UP and (name != "content-length" or _LENGTH.fullmatch(value))) or (
            allow_steps and name == "x-max-steps-override" and _STEPS.fullmatch(value)
        ):
            chosen[name] = value
    return [
        ("host", host),
        *chosen.items(),
        ("accept-encoding", "identity"),
        ("x-user-agent", "skyvern-ui"),
        ("x-api-key", key),
    ]


def response_headers(upstream: Iterable[tuple[str, str]], scan: KeyScan | None = None) -> list[tuple[str, str]]:
    """The headers handed to the client. Raises `Leaked` if an allowed one holds a secret.

    Cookies, redirects, htmx and CORS instructions, policies and server names stay behind.
    """
    kept: dict[str, str] = {}
    for name, value in upstream:
        name = name.lower()
        if name in DOWN and name not in kept and _VALUE.fullmatch(value):
            if scan is not None:
                scan.check(value.encode("ascii"))
            kept[name] = value
    return list(kept.items())
