"""Speaking to an OpenAI-compatible model: one call at a time, and what came of it, never an exception of the network.

How it travels is `relay.ask`: sent once, no redirect followed, no proxy of the environment used, one deadline over all
of it, metadata addresses never reached. An answer ends at 1 MiB. The key is sent in `Authorization` and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ..diagnosis.diagnosis import Reply
from ..doctor.scrub import Scrub
from ..relay.ask import Asked, ask
from .answer import Answer
from .base import Unfit, clean_base
from .upstream import Upstream

LIST_SECONDS, CHAT_SECONDS = 6.0, 45.0
MOST, KEPT = 1024 * 1024, 64 * 1024  # bytes read, and bytes of it that are kept for showing
Message = dict[str, Any]


def list_models(upstream: Upstream, *, seconds: float = LIST_SECONDS, keyed: bool = True) -> Answer:
    """`GET {base}/models`: is it there, does it take the key, what does it have. Costs nothing. Raises Unfit."""
    return _ask(upstream, "GET", "/models", None, "models", seconds, keyed)


def chat(upstream: Upstream, messages: Sequence[Message], *, seconds: float = CHAT_SECONDS, asked: str = "chat",
         **options: Any) -> Answer:
    """`POST {base}/chat/completions`, not streamed, sent once. `options` go into the body (`max_tokens`,
    `response_format`); `asked` says what for: `chat`, `json` or `image`. `seconds` for everything. Raises Unfit."""
    body = {"model": upstream.model, "messages": list(messages), **options}
    return _ask(upstream, "POST", "/chat/completions", body, asked, seconds, True)


def _ask(upstream: Upstream, method: str, path: str, body: Any, asked: str, seconds: float, keyed: bool) -> Answer:
    headers = [("accept", "application/json")]
    if keyed and upstream.key:
        headers.append(("authorization", f"Bearer {_header_safe(upstream.key)}"))
    data = None
    if body is not None:
        headers.append(("content-type", "application/json"))  # bare: some refuse a charset
        data = json.dumps(body).encode()
    came = ask(method, clean_base(upstream.base) + path, headers, data, seconds=seconds, most=MOST, asked=asked,
               model=upstream.model)
    return _answer(came, upstream, Scrub([upstream.key]))


def _answer(came: Asked, upstream: Upstream, scrub: Scrub) -> Answer:
    said = came.reply
    shown = scrub.text(said.body[:KEPT].decode("utf-8", "replace")).encode()[:KEPT]
    headers = {name: scrub.text(value)[:1000] for name, value in said.headers.items()}
    reply = Reply(said.status, shown, headers, upstream.host, said.trouble, said.asked, said.model)
    return Answer(reply, came.json(), came.detail, scrub.text(came.location), came.seconds, came.is_web_page)


def _header_safe(key: str) -> str:
    key = key.strip()
    if not key.isascii() or not key.isprintable() or " " in key:
        raise Unfit("The key holds a line break, a space or a character that no key has: copy it again.")
    return key
