from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions import db
from .columns import Moment, now


class WorkflowFavourite(db.Model):
    """A workflow that one person wants to find first."""

    __tablename__ = "workflow_favourite"

    user_id: Mapped[str] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    wpid: Mapped[str] = mapped_column(Text, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Moment, nullable=False, default=now)
