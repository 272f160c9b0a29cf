from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions import db
from .columns import Json, Moment, new_id, now


class Batch(db.Model):
    """Many runs of one workflow from the rows of one table. `options` are those of `POST /v1/run/workflows`; `notes`
    are what there was to say about the file; `problem` is why it stopped or what it waits for, until `waits_until`."""

    __tablename__ = "batch"
    __table_args__ = (Index("ix_batch_wpid", "wpid"), Index("ix_batch_state", "state"))

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id)
    wpid: Mapped[str] = mapped_column(Text, nullable=False)
    title: Mapped[str] = mapped_column(Text, nullable=False)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), nullable=False)
    ip_address: Mapped[str | None] = mapped_column(Text)
    file_name: Mapped[str] = mapped_column(Text, nullable=False)
    headings: Mapped[list[str]] = mapped_column(Json, nullable=False)
    mapping: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False)
    options: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False)
    at_once: Mapped[int] = mapped_column(Integer, nullable=False)
    state: Mapped[str] = mapped_column(Text, nullable=False)
    notes: Mapped[list[str]] = mapped_column(Json, nullable=False)
    problem: Mapped[str | None] = mapped_column(Text)
    waits_until: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment, nullable=False, default=now)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)


class BatchRow(db.Model):
    """One row: what was in the table, what is sent, and what became of it. `token` rides with the start, so that a
    start that nobody heard the answer of can be found among Skyvern's runs, and is never sent a second time.
    `earlier` are the runs of attempts before this one; `changed_at` is when its state last changed."""

    __tablename__ = "batch_row"
    __table_args__ = (Index("ix_batch_row_state", "state"),)

    batch_id: Mapped[str] = mapped_column(ForeignKey("batch.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    cells: Mapped[list[str]] = mapped_column(Json, nullable=False)
    inputs: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False)
    state: Mapped[str] = mapped_column(Text, nullable=False)
    attempt: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    token: Mapped[str | None] = mapped_column(Text)
    run_id: Mapped[str | None] = mapped_column(Text)
    earlier: Mapped[list[str]] = mapped_column(Json, nullable=False, default=list)
    problem: Mapped[str | None] = mapped_column(Text)
    output: Mapped[Any | None] = mapped_column(Json)
    changed_at: Mapped[datetime] = mapped_column(Moment, nullable=False, default=now)
    looked_at: Mapped[datetime | None] = mapped_column(Moment)
