from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions import db
from .columns import Json, Moment, new_id, now


class ServiceKey(db.Model):
    """A key of an organisation: what it may do. Its secrets are rows of their own, so that rotating keeps the rest."""

    __tablename__ = "service_key"
    __table_args__ = (Index("ix_service_key_org_id", "org_id"),
                      CheckConstraint("spent >= 0", name="ck_service_key_spent"))

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id)
    org_id: Mapped[str] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), nullable=False)
    name: Mapped[str] = mapped_column(Text, nullable=False)
    scopes: Mapped[list[str]] = mapped_column(Json, nullable=False, default=list)
    models: Mapped[list[str]] = mapped_column(Json, nullable=False, default=list)
    addresses: Mapped[list[str]] = mapped_column(Json, nullable=False, default=list)
    limits: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False, default=dict)
    per_minute: Mapped[int | None] = mapped_column(Integer)
    at_once: Mapped[int | None] = mapped_column(Integer)
    spend_cap: Mapped[int | None] = mapped_column(BigInteger)
    spent: Mapped[int] = mapped_column(BigInteger, nullable=False, default=0)
    expires_at: Mapped[datetime | None] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
    created_by_name: Mapped[str] = mapped_column(Text, nullable=False)
    created_at: Mapped[datetime] = mapped_column(Moment, nullable=False, default=now)


class ServiceKeySecret(db.Model):
    """One secret of a key: only its SHA-256 is kept, and what may be shown of it."""

    __tablename__ = "service_key_secret"
    __table_args__ = (Index("ix_service_key_secret_key_id", "key_id"),)

    digest: Mapped[str] = mapped_column(Text, primary_key=True)
    key_id: Mapped[str] = mapped_column(ForeignKey("service_key.id", ondelete="CASCADE"), nullable=False)
    prefix: Mapped[str] = mapped_column(Text, nullable=False)
    last4: Mapped[str] = mapped_column(Text, nullable=False)
    created_at: Mapped[datetime] = mapped_column(Moment, nullable=False, default=now)
    revoke_at: Mapped[datetime | None] = mapped_column(Moment)
    last_used_at: Mapped[datetime | None] = mapped_column(Moment)
