from __future__ import annotations

from sqlalchemy import BigInteger, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions import db


class Attempt(db.Model):
    """How often a bucket (an account, an address) was tried in a window. Shared by every worker."""

    __tablename__ = "attempt"

    bucket: Mapped[str] = mapped_column(Text, primary_key=True)
    window: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    count: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
