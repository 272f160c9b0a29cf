from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions import db
from .columns import Moment, new_id, now


class Parcel(db.Model):
    """Something packed (zlib over JSON) that one person comes back for: what an import would create, a report.
    `taken` turns true once, by whoever carries it out."""

    __tablename__ = "parcel"
    __table_args__ = (Index("ix_parcel_expires_at", "expires_at"),)

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), nullable=False)
    kind: Mapped[str] = mapped_column(Text, nullable=False)
    content: Mapped[bytes] = mapped_column(LargeBinary, nullable=False)
    taken: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    created_at: Mapped[datetime] = mapped_column(Moment, nullable=False, default=now)
    expires_at: Mapped[datetime] = mapped_column(Moment, nullable=False)
