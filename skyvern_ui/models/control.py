from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions import db
from .columns import Moment, now


class Control(db.Model):
    """Who drives which browser, and who asks for it. One row a browser: its key is Skyvern's own id of it."""

    __tablename__ = "control"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    holder_id: Mapped[str] = mapped_column(Text, nullable=False)
    holder_name: Mapped[str] = mapped_column(Text, nullable=False)
    session_id: Mapped[str] = mapped_column(Text, nullable=False)
    viewer: Mapped[str] = mapped_column(Text, nullable=False)
    taken_at: Mapped[datetime] = mapped_column(Moment, nullable=False, default=now)
    seen_at: Mapped[datetime] = mapped_column(Moment, nullable=False, default=now)
    asked_by_id: Mapped[str | None] = mapped_column(Text)
    asked_by_name: Mapped[str | None] = mapped_column(Text)
    asked_at: Mapped[datetime | None] = mapped_column(Moment)
