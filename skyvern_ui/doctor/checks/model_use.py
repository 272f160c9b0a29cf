"""Which of the known models everybody's runs use: the trouble of any other is not everybody's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...llm.registered import asked_base, asked_model
from ...llm.upstream import Upstream
from ...skyvern.values.llm import CustomLlm, DefaultLlms, LlmStatus

OWN_KEY = "OPENAI_COMPATIBLE"  # the key of Skyvern's own settings that an upstream of ours can stand behind


def names_in_use(upstreams: Sequence[Upstream], llms: Iterable[CustomLlm], defaults: DefaultLlms,
                 status: LlmStatus | None) -> set[str]:
    """The names of the upstreams that the smart or the fast model is. Where Skyvern's own settings decide and nobody
    can see them, its .env file is believed, and without one the model of this server is taken to be it."""
    by_key = {each.llm_key: each for each in llms}
    found: set[str] = set()
    for key in {defaults.smart, defaults.fast}:
        llm = by_key.get(key or "")
        found |= _behind(llm, upstreams) if llm else _of_its_settings(upstreams, status)
    return found


def _behind(llm: CustomLlm, upstreams: Sequence[Upstream]) -> set[str]:
    base, model = asked_base(llm.provider, llm.api_base), asked_model(llm.provider, llm.model_name)
    return {each.name for each in upstreams if each.name == f"custom-{llm.id}" or _is_at(each, base)
            and each.model in ("", model)}


def _of_its_settings(upstreams: Sequence[Upstream], status: LlmStatus | None) -> set[str]:
    if status is not None and status.default_key and OWN_KEY not in status.default_key:
        return set()
    env = next((each for each in upstreams if each.name == "env"), None)
    return {each.name for each in upstreams if not each.name.startswith("custom-")
            and (env is None or each.name == "env" or _is_at(each, env.base))}


def _is_at(upstream: Upstream, base: str) -> bool:
    return upstream.base.rstrip("/") == base.rstrip("/")
