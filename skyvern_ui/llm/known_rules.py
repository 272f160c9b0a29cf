"""Which models this server may ask: the one of its own settings, those registered with Skyvern through us, and the one
that Skyvern's own .env names where we may read it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import select

from ..config import Settings
from ..extensions import db
from ..models import LlmKey
from ..sealed import CannotOpen, Sealer
from .upstream import Upstream

LARGEST_FILE = 65_536  # characters
ENV_NAMES = ("API_BASE", "API_KEY", "MODEL_NAME")


def own_upstream(settings: Settings) -> Upstream | None:
    """The model of LLM_UPSTREAM_URL, if there is one."""
    if not settings.llm_upstream_url:
        return None
    return Upstream("gateway", "The model of this server", settings.llm_upstream_url, settings.llm_upstream_key or "",
                    settings.llm_upstream_model or "", "LLM_UPSTREAM_URL")


def known_upstreams(settings: Settings, sealer: Sealer) -> tuple[Upstream, ...]:
    """Every model that may be asked, each once, ours first. Call it inside an application. Raises SQLAlchemyError."""
    own, found = own_upstream(settings), dict[tuple[str, str, str], Upstream]()
    for each in (*([own] if own else ()), *registered_upstreams(sealer), *env_upstreams(settings)):
        found.setdefault((each.base.rstrip("/"), each.model, each.key), each)
    return tuple(found.values())


def registered_upstreams(sealer: Sealer) -> list[Upstream]:
    """The models whose keys were entered here. One whose key was sealed with another SECRET_KEY is left out."""
    rows = db.session.scalars(select(LlmKey).order_by(LlmKey.created_at, LlmKey.id)).all()
    opened = [(row, open_llm_key(sealer, row)) for row in rows]
    found = [upstream_of(row, key) for row, key in opened if key is not None]
    db.session.remove()
    return found


def upstream_of(row: LlmKey, key: str) -> Upstream:
    """A registered model as it is asked."""
    return Upstream(f"custom-{row.id}", row.label, row.api_base, key, row.model_name, "Settings, Models")


def place_of(llm_id: str) -> str:
    """What the sealed key of a custom LLM is bound to."""
    return f"llm_key:sealed_key:{llm_id}"


def open_llm_key(sealer: Sealer, row: LlmKey) -> str | None:
    """The key in clear; None when it was sealed with a SECRET_KEY that is gone."""
    try:
        return sealer.open(row.sealed_key, place_of(row.id))
    except CannotOpen:
        return None


def env_upstreams(settings: Settings) -> list[Upstream]:
    """The OPENAI_COMPATIBLE_* of the .env files that SKYVERN_KEY_PATHS names. Raises nothing."""
    found = []
    for path in settings.skyvern_key_paths:
        file = path / ".env" if path.is_dir() else path
        values = _values_in(file)
        if values.get("API_BASE"):
            found.append(Upstream("env", "The model of Skyvern's settings", values["API_BASE"],
                                  values.get("API_KEY", ""), values.get("MODEL_NAME", "").removeprefix("openai/"),
                                  f"OPENAI_COMPATIBLE_API_BASE in {file}"))
    return found[:1]


def _values_in(file: Path) -> dict[str, str]:
    try:
        with file.open(encoding="utf-8") as handle:
            text = handle.read(LARGEST_FILE)
    except (OSError, UnicodeDecodeError):
        return {}
    return dict(_pairs(text))


def _pairs(text: str) -> Iterable[tuple[str, str]]:
    for name in ENV_NAMES:
        lines = re.findall(rf"^[ \t]*(?:export[ \t]+)?OPENAI_COMPATIBLE_{name}[ \t]*=[ \t]*(.*)$", text, re.M)
        if lines:
            yield name, lines[-1].strip().strip("'\"").strip()
