"""The model: Skyvern's own view, then the model asked directly, as cheaply as the question allows."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from ...llm.probe import probe_answer, probe_free, probe_thorough, weighed
from ...llm.probe_words import name_of
from ...llm.upstream import Upstream
from ...skyvern.client import Skyvern
from ...skyvern.errors import SkyvernError
from ..check import Check, Patient
from ..finding import Finding, skip
from ..history.rules import UNUSED
from .model_use import names_in_use
from .model_view import look_at_view

LAYER, AT_ONCE, MOST = "model", 4, 8
SKYVERN_SECONDS = 5.0  # for Skyvern to say which models it uses; it may hang, and the model is asked all the same
SPARED = ("is not let answer: unasked, one token is spent and no more. Look thoroughly, or test it under Settings, "
          "Models.")
HOW = ("No model is known here that could be asked directly. Set LLM_UPSTREAM_URL (and LLM_UPSTREAM_KEY, "
       "LLM_UPSTREAM_MODEL), or register it under Settings, Models.")


def look_at_model(patient: Patient) -> Sequence[Finding]:
    """Reachable, key, listed: free."""
    return _each(patient, "model", probe_free)


def let_it_answer(patient: Patient) -> Sequence[Finding]:
    """One token, of one model: of one that everybody's runs use, if that is known. All of them only when a person asked
    for a thorough look."""
    upstreams = sorted(known_to(patient), key=lambda each: not each.is_used)
    asked = upstreams if patient.thorough else upstreams[:1]
    return [*_all(asked, "model-answer", probe_answer), *map(_spared, upstreams[len(asked):])]


def _spared(upstream: Upstream) -> Finding:
    found = skip(name_of(upstream, "", "model-answer"), LAYER, f"{upstream.label} {SPARED}")
    return found if upstream.is_used else replace(found, code=UNUSED)


def look_thoroughly(patient: Patient) -> Sequence[Finding]:
    """JSON and a picture: a few hundred tokens."""
    return _each(patient, "model-thorough", probe_thorough)


def known_to(patient: Patient) -> list[Upstream]:
    """The models to ask: without those whose registration Skyvern has meanwhile lost. `is_used` is False for one that
    everybody's runs are known not to use."""
    upstreams = patient.upstreams
    if not upstreams or patient.connection is None:
        return list(upstreams[:MOST])
    skyvern, pool = Skyvern(patient.connection), ThreadPoolExecutor(3)
    try:
        until = time.monotonic() + SKYVERN_SECONDS
        listed, chosen = pool.submit(skyvern.list_custom_llms), pool.submit(skyvern.get_default_llms)
        status = pool.submit(skyvern.get_llm_status).result(SKYVERN_SECONDS)
        llms, defaults = (listed.result(max(0.0, until - time.monotonic())),
                          chosen.result(max(0.0, until - time.monotonic())))
    except (SkyvernError, TimeoutError):
        return list(upstreams[:MOST])  # asked all the same: another check tells what is wrong with Skyvern
    finally:
        pool.shutdown(wait=False)
    lost = {each.name for each in upstreams if each.name.startswith("custom-")} - {f"custom-{each.id}" for each in llms}
    used = names_in_use(upstreams, llms, defaults, status)
    return [replace(each, is_used=each.name in used) for each in upstreams if each.name not in lost][:MOST]


def _each(patient: Patient, check: str, ask: Callable[[Upstream], list[Finding]]) -> Sequence[Finding]:
    return _all(known_to(patient), check, ask)


def _all(upstreams: list[Upstream], check: str, ask: Callable[[Upstream], list[Finding]]) -> list[Finding]:
    if not upstreams:
        return [skip(check, LAYER, HOW)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [finding for each, found in zip(upstreams, pool.map(ask, upstreams), strict=True)
                for finding in weighed(each, found)]


CHECKS: tuple[Check, ...] = (
    Check("model-view", LAYER, "The model, as Skyvern sees it", look_at_view, 10.0, ("key",)),
    Check("model", LAYER, "The way to the model", look_at_model, 30.0),
    Check("model-answer", LAYER, "The model's answer", let_it_answer, 40.0, free=False),
    Check("model-thorough", LAYER, "JSON and pictures", look_thoroughly, 140.0, free=False, thorough=True),
)
