"""The table of errors, and how it is read: from the first rule to the last, the first that fits counts.

The order is the sense of it. Who speaks in numbers or words of his own comes before whoever uses everybody's, and the
status comes last: 429 means four different things (field notes 4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from .clues import Clues, clues_of, clues_of_text
from .diagnosis import Diagnosis, Evidence, Reply
from .excerpt import excerpt
from .rule import Rule
from .speakers.alibaba import ALIBABA
from .speakers.gemini import GEMINI
from .speakers.litellm import LITELLM
from .speakers.network import NETWORK
from .speakers.providers import PROVIDERS
from .speakers.skyvern_key import SKYVERN_KEY
from .speakers.skyvern_model import GUESSES, SKYVERN_MODEL, SPEAKS_OF_MODEL, UNCLEAR
from .speakers.statuses import STATUSES
from .speakers.zhipu import ZHIPU
from .waiting import asks_to_wait_until

OF_MODELS: tuple[Rule, ...] = (*SKYVERN_MODEL, *ZHIPU, *ALIBABA, *GEMINI, *LITELLM, *PROVIDERS, *NETWORK, *STATUSES,
                               *UNCLEAR)
RULES: tuple[Rule, ...] = (*SKYVERN_KEY, *OF_MODELS)
BY_CODE: dict[str, Rule] = {rule.code: rule for rule in RULES}


def translate(reply: Reply, *, now: datetime | None = None) -> Diagnosis | None:
    """What this answer means; None only for a sound one (2xx without an error in it). `now` is when it came, aware.

    An answer of Skyvern that tells of its model's failure (create-from-prompt's 500) is read as the model's. Raises
    nothing, whatever the bytes; takes milliseconds for 64 KiB. Sources: field notes 1.3 and 4, api 1.1 and 7."""
    clues = clues_of(reply)
    if _is_sound(clues):
        return None
    if reply.asked == "skyvern" and SPEAKS_OF_MODEL.search(clues.text):
        found = _first(clues_of_text(clues.text), OF_MODELS)
    else:
        found = _first(clues, SKYVERN_KEY if reply.asked in ("skyvern", "socket") else OF_MODELS)
    return _diagnosis(found or BY_CODE["not_understood"], clues, reply, now)


def translate_text(text: str, *, now: datetime | None = None) -> Diagnosis | None:
    """What the reason of a failed run, or the detail of an error, says about the model; None when it does not speak of
    the model at all. Raises nothing."""
    if not SPEAKS_OF_MODEL.search(text[:65_536]):
        return None
    clues = clues_of_text(text)
    found = _first(clues, OF_MODELS) or BY_CODE["unclear"]
    return _diagnosis(found, clues, Reply(clues.status), now)


def is_guess(found: Diagnosis) -> bool:
    """True when the words only guess at the cause, so that somebody should ask the model."""
    return found.code in GUESSES


def _first(clues: Clues, rules: Iterable[Rule]) -> Rule | None:
    return next((rule for rule in rules if rule.fits(clues)), None)


def _is_sound(clues: Clues) -> bool:
    """2xx and JSON without an error; also a socket that was upgraded and speaks of a run."""
    if clues.asked == "socket" and clues.status == 101 and clues.has_at("status", "*"):
        return True
    if clues.trouble or clues.status is None:
        return False
    if clues.asked == "socket":
        return clues.status == 101 and "credential" not in clues.text.lower()
    if not 200 <= clues.status < 300 or clues.has_at("error.message", "*") or clues.has_at("error.code", "*"):
        return False
    if clues.asked == "skyvern":
        return clues.kind != "html"
    return clues.kind == "json" and not (clues.asked == "image" and BY_CODE["picture_not_seen"].fits(clues))


def _diagnosis(rule: Rule, clues: Clues, reply: Reply, now: datetime | None) -> Diagnosis:
    until = None
    if rule.retry != "no":
        until = asks_to_wait_until(clues.headers, clues.text, clues.leaves, now or datetime.now(UTC))
    model = reply.model or clues.headers.get("x-litellm-model-group", "")
    evidence = Evidence(reply.status, reply.host, model[:200], clues.upstream_code, clues.request_id,
                        excerpt(clues.message or clues.text))
    retry = "at" if until else "backoff" if rule.retry == "at" else rule.retry
    return Diagnosis(rule.layer, rule.code, rule.title, rule.explain, rule.fix, retry, rule.who, evidence, until)
