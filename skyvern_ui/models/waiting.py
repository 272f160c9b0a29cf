from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions import db
from .columns import Moment, now


class WaitingClaim(db.Model):
    """Who has said "I have this" of a run that waits for a human. `block_id` tells one wait of a run from the next."""

    __tablename__ = "waiting_claim"

    run_id: Mapped[str] = mapped_column(Text, primary_key=True)
    block_id: Mapped[str] = mapped_column(Text, nullable=False, default="")
    user_id: Mapped[str] = mapped_column(Text, nullable=False)
    user_name: Mapped[str] = mapped_column(Text, nullable=False)
    created_at: Mapped[datetime] = mapped_column(Moment, nullable=False, default=now)


class PostedCode(db.Model):
    """A one-time code that was handed to Skyvern for a run; only its digest is kept, so that none is sent twice."""

    __tablename__ = "posted_code"

    digest: Mapped[str] = mapped_column(Text, primary_key=True)
    run_id: Mapped[str] = mapped_column(Text, nullable=False, index=True)
    user_name: Mapped[str] = mapped_column(Text, nullable=False)
    created_at: Mapped[datetime] = mapped_column(Moment, nullable=False, default=now)
