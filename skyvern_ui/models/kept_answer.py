from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions import db
from .columns import Moment


class KeptAnswer(db.Model):
    """The answer of a settled call with an idempotency key, for who asks the same again."""

    __tablename__ = "kept_answer"
    __table_args__ = (Index("ix_kept_answer_expires_at", "expires_at"),)

    charge_id: Mapped[str] = mapped_column(ForeignKey("charge.id", ondelete="CASCADE"), primary_key=True)
    status: Mapped[int] = mapped_column(Integer, nullable=False)
    mimetype: Mapped[str] = mapped_column(Text, nullable=False)
    body: Mapped[str] = mapped_column(Text, nullable=False)
    expires_at: Mapped[datetime] = mapped_column(Moment, nullable=False)
