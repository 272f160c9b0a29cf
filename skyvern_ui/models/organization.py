from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions import db
from .columns import Json, Moment, new_id, now


class Organization(db.Model):
    """A program, or a group of them, with credits of its own. People belong to none."""

    __tablename__ = "organizations"

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(Text, nullable=False, unique=True)
    is_service_account: Mapped[bool] = mapped_column(Boolean, nullable=False, default=True)
    subscription_tier: Mapped[str] = mapped_column(Text, nullable=False, default="service")
    status: Mapped[str] = mapped_column(Text, nullable=False, default="active")
    limits: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False, default=dict)
    created_at: Mapped[datetime] = mapped_column(Moment, nullable=False, default=now)
    updated_at: Mapped[datetime] = mapped_column(Moment, nullable=False, default=now, onupdate=now)


class OrganizationCredits(db.Model):
    """The pool of one organisation, in thousandths of a credit.

    `credit_balance` may be spent now, `held` is reserved by calls under way. `known_balance` moves only with the
    ledger: where the two balances differ, somebody changed the row by hand, and `reconcile` enters that.
    `announced_level` is the level that people were last told."""

    __tablename__ = "organization_credits"
    __table_args__ = (CheckConstraint("credit_balance >= 0", name="ck_organization_credits_balance"),
                      CheckConstraint("held >= 0", name="ck_organization_credits_held"))

    org_id: Mapped[str] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True)
    credit_balance: Mapped[int] = mapped_column(BigInteger, nullable=False, default=0)
    known_balance: Mapped[int] = mapped_column(BigInteger, nullable=False, default=0)
    held: Mapped[int] = mapped_column(BigInteger, nullable=False, default=0)
    warn_at: Mapped[int] = mapped_column(BigInteger, nullable=False, default=1_000_000)
    critical_at: Mapped[int] = mapped_column(BigInteger, nullable=False, default=100_000)
    level: Mapped[str] = mapped_column(Text, nullable=False, default="empty")
    level_since: Mapped[datetime] = mapped_column(Moment, nullable=False, default=now)
    announced_level: Mapped[str] = mapped_column(Text, nullable=False, default="empty")
    refill_mode: Mapped[str] = mapped_column(Text, nullable=False, default="none")
    refill_amount: Mapped[int] = mapped_column(BigInteger, nullable=False, default=0)
    refill_period: Mapped[str] = mapped_column(Text, nullable=False, default="month")
    next_refill_at: Mapped[datetime | None] = mapped_column(Moment)
