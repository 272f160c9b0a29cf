"""Letting a model answer: one token; and, when a person asked for it, JSON and the colour of a picture."""

from __future__ import annotations

import json
import re
from typing import Any

from ..doctor.finding import Finding, ok, skip
from .answer import Answer, content_of, why_ended
from .client import CHAT_SECONDS, Message, chat
from .picture import BLIND, names_it, pick_colour, question_about
from .probe_words import LAYER, MEND, explained, name_of
from .upstream import Upstream

JSON_TOKENS, PICTURE_TOKENS = 300, 400  # a model that thinks first needs some
WISH = 'Answer with a JSON object and nothing else: {"colour": "green", "number": 7}'
TOO_SHORT = re.compile(r"could not finish the message|model output limit was reached|"
                       r"(?:minimum|at least|>=|greater than|below).{0,60}\d", re.I)
FENCE = "```"


def ask_token(upstream: Upstream, seconds: float = CHAT_SECONDS) -> Finding:
    """One token. A server that takes no `max_tokens` refuses before it works; only then is it asked the other way."""
    name = name_of(upstream, "", "model-answer")
    if not upstream.model:
        return skip(name, LAYER, f"{upstream.label}: no model is named, so none is asked")
    messages: list[Message] = [{"role": "user", "content": "Say ok."}]
    answer = chat(upstream, messages, seconds=seconds, max_tokens=1)
    if _refuses(answer, "max_tokens") and not _is_too_short(answer):
        answer = chat(upstream, messages, seconds=seconds, max_completion_tokens=1)
    if _is_too_short(answer):
        return ok(name, LAYER, f"{upstream.label} works, though not with one token", ("It said", answer.text[:200]),
                  explain="It took the key and the model, and refused only so short an answer.")
    bad = _bad(upstream, name, answer)
    return bad or ok(name, LAYER, f"{upstream.label} answers", ("Model", upstream.model),
                     ("Time", f"{answer.seconds:.2f} s"))


def ask_json(upstream: Upstream) -> Finding:
    """Can it write JSON? Asked in JSON mode, and in words where that is refused: Skyvern reads every answer as JSON."""
    name, mode = name_of(upstream, "json", "model-thorough"), "yes"
    messages: list[Message] = [{"role": "user", "content": WISH}]
    answer = _chat(upstream, messages, JSON_TOKENS, "json", response_format={"type": "json_object"})
    if any(_refuses(answer, word) for word in ("response_format", "json_object", "json mode")):
        mode = "no, asked in words"
        answer = _chat(upstream, messages, JSON_TOKENS, "json")
    if bad := _bad(upstream, name, answer):
        return bad
    said = content_of(answer.value) or ""
    if _is_object(said):
        return ok(name, LAYER, f"{upstream.label} writes JSON", ("JSON mode", mode),
                  ("Time", f"{answer.seconds:.2f} s"))
    if why_ended(answer.value) == "length":
        return Finding(name, LAYER, "fail", "truncated", "The model's answer was cut off",
                       f"{upstream.label} used up its tokens before it had said anything of use. Thinking models spend "
                       "them on thinking.", ("Raise its limit of tokens, or lower its reasoning effort.",),
                       (("Model", upstream.model), ("It said", said[:200] or "nothing")), MEND)
    return explained(upstream, name, answer, ("It wrote", said[:200] or "nothing"), trouble="not_json")


def ask_picture(upstream: Upstream) -> Finding:
    """Does it see? It is shown one of six colours; who cannot see names the right one at best by chance."""
    name, colour = name_of(upstream, "picture", "model-thorough"), pick_colour()
    answer = _chat(upstream, question_about(colour), PICTURE_TOKENS, "image")
    if bad := _bad(upstream, name, answer):
        return bad
    said = _without_thoughts(content_of(answer.value) or "").strip()
    if names_it(colour, said) and not BLIND.search(said):
        return ok(name, LAYER, f"{upstream.label} sees pictures", ("Shown", colour), ("It said", said[:80]),
                  ("Time", f"{answer.seconds:.2f} s"))
    return explained(upstream, name, answer, ("Shown", colour), ("It answered", said[:200] or "nothing"),
                     trouble="not_seen")


def _chat(upstream: Upstream, messages: list[Message], tokens: int, asked: str, **options: Any) -> Answer:
    answer = chat(upstream, messages, seconds=CHAT_SECONDS, asked=asked, max_tokens=tokens, **options)
    if _refuses(answer, "max_tokens"):
        answer = chat(upstream, messages, seconds=CHAT_SECONDS, asked=asked, max_completion_tokens=tokens, **options)
    return answer


def _bad(upstream: Upstream, name: str, answer: Answer) -> Finding | None:
    if answer.is_good and content_of(answer.value) is not None:
        return None
    has_error = isinstance(answer.value, dict) and answer.value.get("error")
    if answer.is_good and not has_error:
        return Finding(name, LAYER, "fail", "not_a_chat", "This is not the answer of a model",
                       "It is JSON, but without `choices`: this may be another kind of API.",
                       ("Compare the address with the provider's own words for its OpenAI-compatible API.",),
                       (("Asked", f"{upstream.label}, {upstream.base}"), ("It said", answer.text[:200])), MEND)
    return explained(upstream, name, answer)


def _refuses(answer: Answer, word: str) -> bool:
    return answer.status in (400, 404, 415, 422, 500) and word in answer.text.lower()


def _is_too_short(answer: Answer) -> bool:
    return answer.status in (400, 422) and "token" in answer.text.lower() and TOO_SHORT.search(answer.text) is not None


def _is_object(said: str) -> bool:
    text = _without_thoughts(said).strip()
    if len(text) >= 2 * len(FENCE) and text.startswith(FENCE) and text.endswith(FENCE):
        text = text.removeprefix(FENCE).removesuffix(FENCE)
        text = text[4:] if text[:4].lower() == "json" else text
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _without_thoughts(said: str) -> str:
    """What a model said, without what it thought aloud. Takes time by its length only."""
    kept, at = list[str](), 0
    while (begin := said.find("<think>", at)) >= 0 and (end := said.find("</think>", begin)) >= 0:
        kept.append(said[at:begin])
        at = end + len("</think>")
    return "".join(kept) + said[at:]
