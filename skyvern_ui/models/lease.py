from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions import db
from .columns import Moment


class Lease(db.Model):
    """Which process does a job that only one may do, and until when."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    holder: Mapped[str] = mapped_column(Text, nullable=False)
    until: Mapped[datetime] = mapped_column(Moment, nullable=False)
