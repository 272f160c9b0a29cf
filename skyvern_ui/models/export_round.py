from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions import db
from .columns import Moment, new_id, now


class ExportRound(db.Model):
    """One writing of all workflows into the export folder. `state` is asked, running, done or failed; `asked_by` is
    empty for the nightly one; `revision` is the commit, `pushed` what became of the push."""

    __tablename__ = "export_round"
    __table_args__ = (Index("ix_export_round_asked_at", "asked_at"),)

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id)
    state: Mapped[str] = mapped_column(Text, nullable=False)
    asked_by: Mapped[str | None] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(Moment, nullable=False, default=now)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
    workflows: Mapped[int | None] = mapped_column(Integer)
    changed: Mapped[int | None] = mapped_column(Integer)
    revision: Mapped[str | None] = mapped_column(Text)
    pushed: Mapped[str | None] = mapped_column(Text)
    problem: Mapped[str | None] = mapped_column(Text)
