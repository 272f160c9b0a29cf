"""The free question that tells whether a provider takes a key: `GET {base}/models`."""

from __future__ import annotations

import json
from typing import Any

from ...config import Settings
from ...diagnosis.diagnosis import Reply
from ...diagnosis.table import translate
from ...doctor.scrub import Scrub
from ...skyvern.errors import Blocked, SkyvernError
from ..answer import is_model_list
from ..base import alternatives
from ..troubles import trouble_of
from ..upstream import Upstream
from .reaching import open_direct

SECONDS, MOST = 10.0, 1024 * 1024
OF_THE_KEY = (401, 403)


class Refusal(Exception):
    """The provider gives no list of models with this key. The text is a sentence, `field` what to change; `reply` is
    what came, without the key."""

    def __init__(self, sentence: str, field: str, reply: Reply) -> None:
        super().__init__(sentence)
        self.field, self.reply = field, reply


def ask_for_models(settings: Settings, upstream: Upstream) -> dict[str, Any]:
    """The provider's list as it came, `data` being a list. Raises Refusal."""
    reply, said = _ask(settings, upstream)
    if is_model_list(said):
        return {**said, "data": said.get("data", said.get("models"))}
    if reply.status in (200, 301, 302, 307, 308, 404, 405) and (other := _elsewhere(settings, upstream)):
        raise Refusal(f"There is no list of models at this address, but at {other}: enter that.", "base_url", reply)
    if reply.trouble == "blocked":
        raise Refusal("This address leads inside this server's own network. An administrator can allow its host with "
                      "BYOK_HOSTS.", "base_url", reply)
    found = translate(reply)
    title = found.title if found else "There is no list of models at this address."
    raise Refusal(title, "key" if reply.status in OF_THE_KEY else "base_url", reply)


def _elsewhere(settings: Settings, upstream: Upstream) -> str | None:
    """Another path of the same host that has the list."""
    for base in alternatives(upstream.base):
        if is_model_list(_ask(settings, Upstream(upstream.name, upstream.label, base, upstream.key))[1]):
            return base
    return None


def _ask(settings: Settings, upstream: Upstream) -> tuple[Reply, Any]:
    headers = [("accept", "application/json"), ("authorization", f"Bearer {upstream.key}")]
    host = upstream.host
    try:
        answer = open_direct(settings, upstream.base, "GET", "/models", headers, None, seconds=SECONDS)
        raw = answer.read(MOST)
    except Blocked:
        return Reply(None, host=host, trouble="blocked", asked="models"), None
    except SkyvernError as error:
        return Reply(None, host=host, trouble=trouble_of(error) or "refused", asked="models"), None
    scrub = Scrub([upstream.key])
    shown = scrub.text(raw[:65_536].decode("utf-8", "replace")).encode()
    told = {name: scrub.text(value)[:1000] for name, value in reversed(answer.headers)}
    return Reply(answer.status, shown, told, host, asked="models"), _json(raw) if 200 <= answer.status < 300 else None


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None
