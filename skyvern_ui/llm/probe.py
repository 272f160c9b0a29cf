"""Asking a model how it is, from the cheapest question to the dearest: is it there, does it take the key, does it have
the model, does it answer; and, only when a person asked for it, JSON and a picture.

Each answer is a finding: `model-<upstream>-reach`, `-key`, `-listed`; `model-answer-<upstream>`;
`model-thorough-<upstream>-json`, `-picture`. Nothing raises; nothing found holds the key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from ..doctor.finding import Finding, ok, skip
from ..doctor.scrub import Scrub
from .answer import Answer, is_model_list, model_ids
from .base import Unfit, alternatives
from .client import list_models
from .listing import find_model
from .probe_chat import ask_json, ask_picture, ask_token
from .probe_words import LAYER, MEND, explained, name_of
from .upstream import Upstream

__all__ = ["probe", "probe_answer", "probe_free", "probe_thorough", "weighed"]
ONLY_NAMED = "Only runs that name this model are affected: Skyvern uses another one by default."
QUICK_SECONDS = 12.0  # somebody watches; a model that is only being loaded may need more


def probe(upstream: Upstream, *, thorough: bool = False) -> list[Finding]:
    """Everything in order, ending at what makes the rest pointless. Costs one token; with `thorough` a few hundred and
    one small picture."""
    found = probe_free(upstream)
    if not _is_over(found):
        found += _clean(upstream, "model-answer", lambda: [ask_token(upstream)])
    if thorough and not _is_over(found):
        found += probe_thorough(upstream)
    return found


def probe_free(upstream: Upstream) -> list[Finding]:
    """Reachable, key, listed: asks `GET /models` and nothing that costs."""
    return _clean(upstream, "model", lambda: _free(upstream))


def probe_answer(upstream: Upstream, seconds: float = QUICK_SECONDS) -> list[Finding]:
    """One token, within `seconds`. What already the free questions find is told by `probe_free`; then this one is
    skipped."""
    if _is_over(probe_free(upstream)):
        return [skip(name_of(upstream, "", "model-answer"), LAYER, f"{upstream.label} is not let answer: already the "
                     "free questions fail")]
    return _clean(upstream, "model-answer", lambda: [ask_token(upstream, seconds)])


def probe_thorough(upstream: Upstream) -> list[Finding]:
    """JSON and a picture, as Skyvern needs both. A few hundred tokens."""
    if not upstream.model or _is_over(probe_free(upstream)):
        return [skip(name_of(upstream, "", "model-thorough"), LAYER, f"{upstream.label} is not asked for JSON and "
                     "pictures: already the free questions fail, or no model is named")]
    return _clean(upstream, "model-thorough", lambda: [ask_json(upstream), ask_picture(upstream)])


def weighed(upstream: Upstream, found: list[Finding]) -> list[Finding]:
    """The findings as they matter to everybody: what fails with a model that only single runs name is a warning."""
    if upstream.is_used:
        return found
    return [replace(each, verdict="warn", explain=f"{each.explain} {ONLY_NAMED}".strip())
            if each.verdict == "fail" else each for each in found]


def _free(upstream: Upstream) -> Iterator[Finding]:
    answer, reach = _first(upstream), name_of(upstream, "reach")
    if answer.reply.trouble and answer.status is None or answer.reply.trouble == "redirect":
        yield explained(upstream, reach, answer)
        return
    has_list = answer.is_good and is_model_list(answer.value)
    if not has_list and (better := _working(upstream, answer)):
        yield Finding(reach, LAYER, "fail", "base_wrong", "The model's address is not quite right",
                      f"{better} works; {upstream.base} does not. An address ends where /models and /chat/completions "
                      "begin, usually with /v1.", (f"Use {better} as its address.",),
                      (("Asked", f"{upstream.label}, {upstream.base}/models"), ("Status", str(answer.status)),
                       ("Set in", upstream.origin), ("Works", better)), MEND)
        return
    if answer.is_web_page or answer.reply.trouble or answer.status == 405:
        yield explained(upstream, reach, answer, ("What came", "A web page" if answer.is_web_page else ""))
        return
    yield ok(reach, LAYER, f"{upstream.label} can be reached", ("Address", upstream.base), ("Set in", upstream.origin),
             ("Time", f"{answer.seconds:.2f} s"))
    if has_list:
        yield _key(upstream)
        yield find_model(upstream, model_ids(answer.value))
    elif answer.is_good or answer.status in (404, 501):
        yield _no_list(upstream, answer)
    else:
        passing = answer.status == 429 or (answer.status or 0) >= 500
        yield explained(upstream, name_of(upstream, "key"), answer, verdict="warn" if passing else "fail")


def _first(upstream: Upstream) -> Answer:
    """The list of models. Many a server that wants https hangs up on http without a word: then https is tried once."""
    answer, base = list_models(upstream), upstream.base
    if answer.reply.trouble not in ("reset", "garbage") or not base.startswith("http://"):
        return answer
    other = list_models(replace(upstream, base="https://" + base.removeprefix("http://")), keyed=False)
    speaks = other.status is not None or other.detail in ("expired", "self_signed", "unknown_issuer", "wrong_name")
    return replace(answer, reply=replace(answer.reply, trouble="tls"), detail="secure") if speaks else answer


def _working(upstream: Upstream, answer: Answer) -> str | None:
    """Another address of the same server that has a list of models; asked for only where the path may be the cause."""
    if answer.status in (401, 402, 403, 408, 429) or (answer.status or 0) >= 500:
        return None
    for base in alternatives(upstream.base):
        other = list_models(replace(upstream, base=base))
        if other.is_good and is_model_list(other.value):
            return base
    return None


def _no_list(upstream: Upstream, answer: Answer) -> Finding:
    return Finding(name_of(upstream, "listed"), LAYER, "warn", "no_model_list",
                   f"{upstream.label} has no list of models at this address",
                   "Either it is a service without one, or the address has too much or too little path: it ends where "
                   "/models and /chat/completions begin. An answer of one token tells.",
                   ("Compare the address with the provider's own words for its OpenAI-compatible API.",),
                   (("Asked", f"{upstream.base}/models"), ("Status", str(answer.status))), MEND)


def _key(upstream: Upstream) -> Finding:
    name = name_of(upstream, "key")
    if not upstream.key:
        return ok(name, LAYER, f"{upstream.label} asks for no key")
    if list_models(upstream, keyed=False).is_good:
        return ok(name, LAYER, f"{upstream.label} lists its models to everybody",
                  explain="Whether the key is good shows only when the model answers.")
    return ok(name, LAYER, f"{upstream.label} takes the key")


def _is_over(found: Iterable[Finding]) -> bool:
    return any(each.verdict == "fail" for each in found)


def _clean(upstream: Upstream, check: str, ask: Callable[[], Iterable[Finding]]) -> list[Finding]:
    """The findings without the key; an address or a key that may not be asked with is a finding too."""
    try:
        found = list(ask())
    except Unfit as error:
        found = [Finding(name_of(upstream, "reach" if check == "model" else "", check), LAYER, "fail", "model_unfit",
                         f"{upstream.label} cannot be asked", str(error), ("Enter it again.",),
                         (("Set in", upstream.origin),) if upstream.origin else (), MEND)]
    scrub = Scrub([upstream.key])
    return [scrub.finding(each) for each in found]
