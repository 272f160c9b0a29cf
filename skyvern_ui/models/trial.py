from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions import db
from .columns import Json, Moment, now


class TrialBrowser(db.Model):
    """The browser in which one person tries the blocks of one workflow: Skyvern's id of the session."""

    __tablename__ = "trial_browser"

    user_id: Mapped[str] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    wpid: Mapped[str] = mapped_column(Text, primary_key=True)
    session_id: Mapped[str] = mapped_column(Text, nullable=False)
    opened_at: Mapped[datetime] = mapped_column(Moment, nullable=False, default=now)


class Trial(db.Model):
    """A block of a workflow that one person ran alone. `version` is the one that ran, `status` how it ended, once that
    is known; `onwards` are the blocks that come after it, and `is_followed` says that they were begun. What it gave is
    asked of Skyvern when it is needed, and not kept."""

    __tablename__ = "trial"
    __table_args__ = (Index("ix_trial_user_id_wpid", "user_id", "wpid"),)

    run_id: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), nullable=False)
    wpid: Mapped[str] = mapped_column(Text, nullable=False)
    label: Mapped[str] = mapped_column(Text, nullable=False)
    onwards: Mapped[list[str]] = mapped_column(Json, nullable=False)
    is_followed: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    version: Mapped[int | None] = mapped_column(Integer)
    status: Mapped[str | None] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(Moment, nullable=False, default=now)
