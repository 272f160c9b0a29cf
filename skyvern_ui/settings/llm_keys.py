"""Our sealed copy of a registered model's key: Skyvern never gives it back, and without it nobody can ask the model how
it is."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select

from ..audit import Actor
from ..database import writing
from ..extensions import db
from ..llm.base import same_origin
from ..llm.known_rules import open_llm_key, place_of, upstream_of
from ..llm.registered import asked_base, asked_model
from ..llm.upstream import Upstream
from ..models import LlmKey
from ..sealed import Sealer
from ..skyvern.values.llm import CustomLlm


def keep(sealer: Sealer, llm: CustomLlm, key: str | None, actor: Actor) -> None:
    """Writes down what was just registered: with its key, or with the one we have when it stays."""
    with writing() as session:
        row = session.get(LlmKey, llm.id)
        if row is None and key is None and llm.has_key:
            return  # the key was entered elsewhere
        if row is None:
            row = LlmKey(id=llm.id, created_by_name=actor.name, sealed_key=sealer.seal(key or "", place_of(llm.id)))
            session.add(row)
        elif key is not None:
            row.sealed_key = sealer.seal(key, place_of(llm.id))
        row.label, row.model_name = llm.display_name, asked_model(llm.provider, llm.model_name)
        row.api_base = asked_base(llm.provider, llm.api_base)


def forget(llm_id: str) -> None:
    """Drops the copy."""
    with writing() as session:
        session.execute(delete(LlmKey).where(LlmKey.id == llm_id))


def kept_ids() -> set[str]:
    """Which models we have a key of."""
    found = set(db.session.scalars(select(LlmKey.id)))
    db.session.remove()
    return found


def upstream_for(sealer: Sealer, llm: CustomLlm) -> Upstream | None:
    """The registered model as it can be asked, with the address and the name that Skyvern has now. None without a key
    of ours, and when the address was changed elsewhere: a key goes only where its owner sent it."""
    row: Any = db.session.get(LlmKey, llm.id)
    key = open_llm_key(sealer, row) if row else None
    base, model = asked_base(llm.provider, llm.api_base), asked_model(llm.provider, llm.model_name)
    found = None
    if row is not None and key is not None and same_origin(row.api_base, base):
        known = upstream_of(row, key)
        found = Upstream(known.name, llm.display_name, base, key, model, known.origin)
    db.session.remove()
    return found
