from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions import db
from .columns import Json, Moment, new_id, now


class Checkup(db.Model):
    """How one check of the doctor stood, from when to when: a row for each time that its verdict or cause changed."""

    __tablename__ = "checkup"
    __table_args__ = (Index("ix_checkup_check_began_at", "check", "began_at"),
                      Index("ix_checkup_ended_at", "ended_at"))

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id)
    check: Mapped[str] = mapped_column(Text, nullable=False)
    layer: Mapped[str] = mapped_column(Text, nullable=False)
    verdict: Mapped[str] = mapped_column(Text, nullable=False)
    code: Mapped[str] = mapped_column(Text, nullable=False)
    finding: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False)
    began_at: Mapped[datetime] = mapped_column(Moment, nullable=False, default=now)
    last_at: Mapped[datetime] = mapped_column(Moment, nullable=False, default=now)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


class LlmKey(db.Model):
    """A sealed copy of the key of a model that was registered with Skyvern through us: Skyvern never gives it back,
    and without it nobody can ask the model how it is. `id` is Skyvern's id of the custom LLM."""

    __tablename__ = "llm_key"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    label: Mapped[str] = mapped_column(Text, nullable=False)
    model_name: Mapped[str] = mapped_column(Text, nullable=False)
    api_base: Mapped[str] = mapped_column(Text, nullable=False)
    sealed_key: Mapped[str] = mapped_column(Text, nullable=False)
    created_by_name: Mapped[str] = mapped_column(Text, nullable=False)
    created_at: Mapped[datetime] = mapped_column(Moment, nullable=False, default=now)
