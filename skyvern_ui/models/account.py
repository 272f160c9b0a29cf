from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions import db
from .columns import Moment, new_id, now


class Account(db.Model):
    """How a person proves who they are. Ours are of provider `credential` and hold a password hash."""

    __tablename__ = "account"

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id)
    account_id: Mapped[str] = mapped_column(Text, nullable=False)
    provider_id: Mapped[str] = mapped_column(Text, nullable=False)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), nullable=False, index=True)
    access_token: Mapped[str | None] = mapped_column(Text)
    refresh_token: Mapped[str | None] = mapped_column(Text)
    id_token: Mapped[str | None] = mapped_column(Text)
    access_token_expires_at: Mapped[datetime | None] = mapped_column(Moment)
    refresh_token_expires_at: Mapped[datetime | None] = mapped_column(Moment)
    scope: Mapped[str | None] = mapped_column(Text)
    password: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Moment, nullable=False, default=now)
    updated_at: Mapped[datetime] = mapped_column(Moment, nullable=False, default=now, onupdate=now)
