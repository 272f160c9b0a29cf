from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions import db
from .columns import Json, Moment, new_id, now


class Charge(db.Model):
    """One call that costs, from its hold to its end. `state`: held, settled, released or expired. A run that is paid
    when it is over keeps its charge held, under its `run_id`, for as long as it runs."""

    __tablename__ = "charge"
    __table_args__ = (
        UniqueConstraint("org_id", "idempotency_key", name="uq_charge_org_id_idempotency_key"),
        Index("ix_charge_state_lease_until", "state", "lease_until"),
        Index("ix_charge_org_id_created_at", "org_id", "created_at"),
        Index("ix_charge_created_at", "created_at"),
        Index("ix_charge_key_id_state", "key_id", "state"),
        Index("ix_charge_run_id", "run_id"),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id)
    org_id: Mapped[str] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), nullable=False)
    key_id: Mapped[str | None] = mapped_column(Text)
    idempotency_key: Mapped[str | None] = mapped_column(Text)
    fingerprint: Mapped[str | None] = mapped_column(Text)
    endpoint: Mapped[str] = mapped_column(Text, nullable=False)
    model: Mapped[str | None] = mapped_column(Text)
    byok: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    price_id: Mapped[str | None] = mapped_column(Text)
    hold: Mapped[int] = mapped_column(BigInteger, nullable=False)
    actual: Mapped[int | None] = mapped_column(BigInteger)
    overrun: Mapped[int] = mapped_column(BigInteger, nullable=False, default=0)
    state: Mapped[str] = mapped_column(Text, nullable=False, default="held")
    outcome: Mapped[str | None] = mapped_column(Text)
    lease_until: Mapped[datetime] = mapped_column(Moment, nullable=False)
    details: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False, default=dict)
    run_id: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Moment, nullable=False, default=now)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)


class LedgerEntry(db.Model):
    """One movement of credits. Never changed and never removed: triggers refuse it."""

    __tablename__ = "ledger"
    __table_args__ = (UniqueConstraint("charge_id", "kind", name="uq_ledger_charge_id_kind"),
                      UniqueConstraint("org_id", "period", name="uq_ledger_org_id_period"),
                      Index("ix_ledger_org_id_created_at", "org_id", "created_at"),
                      Index("ix_ledger_by_hand", "org_id", "created_at", sqlite_where=text("charge_id IS NULL"),
                            postgresql_where=text("charge_id IS NULL")))

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    org_id: Mapped[str] = mapped_column(Text, nullable=False)
    charge_id: Mapped[str | None] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text, nullable=False)
    period: Mapped[str | None] = mapped_column(Text)
    d_available: Mapped[int] = mapped_column(BigInteger, nullable=False)
    d_held: Mapped[int] = mapped_column(BigInteger, nullable=False, default=0)
    available_after: Mapped[int] = mapped_column(BigInteger, nullable=False)
    held_after: Mapped[int] = mapped_column(BigInteger, nullable=False)
    actor_name: Mapped[str] = mapped_column(Text, nullable=False)
    reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Moment, nullable=False, default=now)


class Price(db.Model):
    """What a call of a route costs from a moment on. Old rows stay: a charge names the one it was made by."""

    __tablename__ = "price"
    __table_args__ = (Index("ix_price_endpoint_valid_from", "endpoint", "valid_from"),)

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id)
    endpoint: Mapped[str] = mapped_column(Text, nullable=False)
    model: Mapped[str] = mapped_column(Text, nullable=False, default="*")
    unit: Mapped[str] = mapped_column(Text, nullable=False, default="call")
    amount: Mapped[int] = mapped_column(BigInteger, nullable=False)
    hold: Mapped[int] = mapped_column(BigInteger, nullable=False)
    created_by_name: Mapped[str] = mapped_column(Text, nullable=False)
    valid_from: Mapped[datetime] = mapped_column(Moment, nullable=False, default=now)
