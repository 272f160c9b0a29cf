"""Which models this server may ask: the one of its own settings, and those registered with Skyvern through us."""

from __future__ import annotations

from ..config import Settings
from .upstream import Upstream


def own_upstream(settings: Settings) -> Upstream | None:
    """The model of LLM_UPSTREAM_URL, if there is one."""
    if not settings.llm_upstream_url:
        return None
    return Upstream("gateway", "The model of this server", settings.llm_upstream_url, settings.llm_upstream_key or "",
                    settings.llm_upstream_model or "", "LLM_UPSTREAM_URL")
