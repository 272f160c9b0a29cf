from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions import db
from .columns import Moment, now


class Failure(db.Model):
    """How a run failed, read once: the end of a run does not change. What cannot be told is an empty text."""

    __tablename__ = "failure"
    __table_args__ = (Index("ix_failure_ended_at", "ended_at"),)

    run_id: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, nullable=False)
    status: Mapped[str] = mapped_column(Text, nullable=False)
    title: Mapped[str] = mapped_column(Text, nullable=False, default="")
    workflow_id: Mapped[str] = mapped_column(Text, nullable=False, default="")
    category: Mapped[str] = mapped_column(Text, nullable=False, default="")
    site: Mapped[str] = mapped_column(Text, nullable=False, default="")
    block: Mapped[str] = mapped_column(Text, nullable=False, default="")
    model_error: Mapped[str] = mapped_column(Text, nullable=False, default="")
    error_code: Mapped[str] = mapped_column(Text, nullable=False, default="")
    reason: Mapped[str] = mapped_column(Text, nullable=False, default="")
    ended_at: Mapped[datetime] = mapped_column(Moment, nullable=False)
    read_at: Mapped[datetime] = mapped_column(Moment, nullable=False, default=now)


class RunOrigin(db.Model):
    """Which run this one repeats: retried, run again as it was, or changed. Skyvern keeps this only for retries."""

    __tablename__ = "run_origin"

    run_id: Mapped[str] = mapped_column(Text, primary_key=True)
    origin_id: Mapped[str] = mapped_column(Text, nullable=False, index=True)
    how: Mapped[str] = mapped_column(Text, nullable=False)
    created_at: Mapped[datetime] = mapped_column(Moment, nullable=False, default=now)
