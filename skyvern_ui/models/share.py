from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions import db
from .columns import Moment, new_id, now


class Share(db.Model):
    """A read-only link to one run. The link is this id, signed; revoking the row ends the link."""

    __tablename__ = "share"

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id)
    run_id: Mapped[str] = mapped_column(Text, nullable=False, index=True)
    shows_inputs: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    created_by: Mapped[str] = mapped_column(Text, nullable=False)
    created_by_name: Mapped[str] = mapped_column(Text, nullable=False)
    created_at: Mapped[datetime] = mapped_column(Moment, nullable=False, default=now)
    expires_at: Mapped[datetime] = mapped_column(Moment, nullable=False)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
    revoked_by_name: Mapped[str | None] = mapped_column(Text)
    opened: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    last_opened_at: Mapped[datetime | None] = mapped_column(Moment)
