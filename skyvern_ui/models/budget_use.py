from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions import db


class BudgetUse(db.Model):
    """How much an organisation or a key (`owner_id`) used in one day or month (`period`: `day:2026-11-21`,
    `month:2026-11`): credits in thousandths, and calls. What is held counts as used."""

    __tablename__ = "budget_use"
    __table_args__ = (CheckConstraint("used >= 0", name="ck_budget_use_used"),
                      CheckConstraint("calls >= 0", name="ck_budget_use_calls"))

    owner_id: Mapped[str] = mapped_column(Text, primary_key=True)
    period: Mapped[str] = mapped_column(Text, primary_key=True)
    used: Mapped[int] = mapped_column(BigInteger, nullable=False, default=0)
    calls: Mapped[int] = mapped_column(BigInteger, nullable=False, default=0)
