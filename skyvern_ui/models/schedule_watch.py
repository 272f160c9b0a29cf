from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions import db
from .columns import Moment, now


class ScheduleWatch(db.Model):
    """What a watch of a schedule asks for, and how the schedule stood when it was last looked at. `failures` is how
    many in a row are told of, 0 for none; `judged_until` is the last expected moment that was decided about."""

    __tablename__ = "schedule_watch"

    watch_id: Mapped[str] = mapped_column(ForeignKey("watch.id", ondelete="CASCADE"), primary_key=True)
    wpid: Mapped[str] = mapped_column(Text, nullable=False)
    failures: Mapped[int] = mapped_column(Integer, nullable=False, default=1)
    missed: Mapped[bool] = mapped_column(Boolean, nullable=False, default=True)
    state: Mapped[str] = mapped_column(Text, nullable=False, default="ok")
    since: Mapped[datetime] = mapped_column(Moment, nullable=False, default=now)
    judged_until: Mapped[datetime] = mapped_column(Moment, nullable=False, default=now)
    looked_at: Mapped[datetime | None] = mapped_column(Moment)
