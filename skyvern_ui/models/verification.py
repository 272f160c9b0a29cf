from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions import db
from .columns import Moment, new_id, now


class Verification(db.Model):
    """A one-time link. `value` holds only the SHA-256 of the secret in the link."""

    __tablename__ = "verification"

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id)
    identifier: Mapped[str] = mapped_column(Text, nullable=False, index=True)
    value: Mapped[str] = mapped_column(Text, nullable=False)
    expires_at: Mapped[datetime] = mapped_column(Moment, nullable=False)
    created_at: Mapped[datetime | None] = mapped_column(Moment, default=now)
    updated_at: Mapped[datetime | None] = mapped_column(Moment, default=now)
