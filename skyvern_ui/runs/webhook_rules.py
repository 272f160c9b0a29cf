"""What Skyvern tells a run's webhook: the message, how the last one went, trying it out, sending it once more."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ..audit import Actor
from ..recorded import send_recorded
from ..skyvern import errors
from ..skyvern.client import Skyvern
from ..skyvern.values import Run
from ..skyvern.values.webhook import Delivery, WebhookPreview

LONGEST_PAYLOAD = 200_000
TOO_OLD = "This release of Skyvern cannot show or send a run's webhook (that came with 0.2.18)."


@dataclass(frozen=True, slots=True)
class Webhook:
    """What is known of a run's webhook. `failure` is why Skyvern's last try failed; `problem` why something of this
    cannot be told. `payload` is cut at 200,000 characters."""

    url: str | None
    payload: str
    header_names: tuple[str, ...]
    failure: str | None
    problem: str | None
    is_cut: bool


def webhook_of(skyvern: Skyvern, run: Run) -> Webhook:
    """Everything that can be told. What Skyvern does not give is a sentence, not an error."""
    own = run.request.get("webhook_url") or run.request.get("webhook_callback_url")
    preview, problem = WebhookPreview(str(own) if own else None, "", ()), None
    try:
        preview = skyvern.get_webhook(run.run_id)
    except errors.Missing as error:
        problem = sentence_of(error)
    except errors.SkyvernError as error:
        problem = error.sentence
    payload = _pretty(preview.payload)
    return Webhook(preview.url or (str(own) if own else None), payload[:LONGEST_PAYLOAD], preview.header_names,
                   _failure_of(skyvern, run), problem, len(payload) > LONGEST_PAYLOAD)


def test(skyvern: Skyvern, run: Run, url: str, actor: Actor) -> Delivery:
    """Skyvern posts an example to this address. Sent once. Raises the errors of Skyvern."""
    return send_recorded(lambda: skyvern.test_webhook(url, run.run_id), actor, "webhook.test", run.run_id,
                         to=_where(url))


def replay(skyvern: Skyvern, run: Run, url: str | None, actor: Actor) -> Delivery:
    """Skyvern posts the run's own message once more, to its own address or this one. Sent once. Raises the errors
    of Skyvern."""
    return send_recorded(lambda: skyvern.replay_webhook(run.run_id, url), actor, "webhook.replay", run.run_id,
                         to=_where(url))


def sentence_of(error: errors.Missing) -> str:
    """Whether it is the run that Skyvern does not find, or the route that the release does not have."""
    return TOO_OLD if error.sentence == errors.Missing.words else error.sentence


def _where(url: str | None) -> str | None:
    """A receiver without its path: that often holds a secret."""
    return "{0.scheme}://{0.netloc}".format(urlsplit(url)).rpartition("@")[2] if url else None


def _failure_of(skyvern: Skyvern, run: Run) -> str | None:
    try:
        asked: Any = skyvern.get_asked(run.run_id)
    except errors.SkyvernError:
        return None
    said = asked.get("webhook_failure_reason") or run.raw.get("webhook_failure_reason")
    return str(said) if said else None


def _pretty(payload: str) -> str:
    try:
        return json.dumps(json.loads(payload), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return payload
