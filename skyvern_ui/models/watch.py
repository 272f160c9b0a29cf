from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions import db
from .columns import Json, Moment, new_id, now


class Watch(db.Model):
    """"Tell me when it ends": of one run, or of every run of a workflow, to one address by one channel."""

    __tablename__ = "watch"
    __table_args__ = (
        UniqueConstraint("user_id", "kind", "target_id", "channel", "address", name="uq_watch_what_and_where"),
        Index("ix_watch_target_id", "target_id"),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), nullable=False)
    kind: Mapped[str] = mapped_column(Text, nullable=False)
    target_id: Mapped[str] = mapped_column(Text, nullable=False)
    title: Mapped[str | None] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text, nullable=False)
    address: Mapped[str] = mapped_column(Text, nullable=False, default="")
    secret: Mapped[str | None] = mapped_column(Text)
    outcomes: Mapped[str] = mapped_column(Text, nullable=False, default="all")
    created_at: Mapped[datetime] = mapped_column(Moment, nullable=False, default=now)
    looked_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


class Notice(db.Model):
    """One message that a run has ended or waits, due or sent. Watch, run and occasion together exist once, so it is
    sent once."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("watch_id", "run_id", "occasion", name="uq_notice_watch_id_run_id_occasion"),
        Index("ix_notice_status_next_try_at", "status", "next_try_at"),
        Index("ix_notice_user_id", "user_id"),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id)
    watch_id: Mapped[str] = mapped_column(ForeignKey("watch.id", ondelete="CASCADE"), nullable=False)
    user_id: Mapped[str] = mapped_column(Text, nullable=False)
    run_id: Mapped[str] = mapped_column(Text, nullable=False)
    occasion: Mapped[str] = mapped_column(Text, nullable=False, default="over", server_default="over")
    channel: Mapped[str] = mapped_column(Text, nullable=False)
    address: Mapped[str] = mapped_column(Text, nullable=False, default="")
    content: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False)
    status: Mapped[str] = mapped_column(Text, nullable=False, default="due")
    tries: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    next_try_at: Mapped[datetime] = mapped_column(Moment, nullable=False, default=now)
    created_at: Mapped[datetime] = mapped_column(Moment, nullable=False, default=now)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    problem: Mapped[str | None] = mapped_column(Text)
