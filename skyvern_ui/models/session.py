from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..extensions import db
from .columns import Moment, new_id, now
from .user import User


class Session(db.Model):
    """A signed-in browser. `token` holds only the SHA-256 of what the cookie carries."""

    __tablename__ = "session"

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id)
    expires_at: Mapped[datetime] = mapped_column(Moment, nullable=False)
    token: Mapped[str] = mapped_column(Text, nullable=False, unique=True)
    created_at: Mapped[datetime] = mapped_column(Moment, nullable=False, default=now)
    updated_at: Mapped[datetime] = mapped_column(Moment, nullable=False, default=now)
    ip_address: Mapped[str | None] = mapped_column(Text)
    user_agent: Mapped[str | None] = mapped_column(Text)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), nullable=False, index=True)
    impersonated_by: Mapped[str | None] = mapped_column(Text)

    user: Mapped[User] = relationship(lazy="joined")
