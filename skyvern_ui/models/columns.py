"""Column types and defaults that several tables share."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from sqlalchemy import JSON, DateTime
from sqlalchemy.dialects.postgresql import JSONB

Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
Moment = DateTime(timezone=False)


def now() -> datetime:
    """This moment as naive UTC, the way it is stored."""
    return datetime.now(UTC).replace(tzinfo=None)


def new_id() -> str:
    """A fresh random id of 128 bits."""
    return secrets.token_hex(16)
