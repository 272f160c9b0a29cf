from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions import db
from .columns import Json, Moment, new_id, now


class OrganizationSettings(db.Model):
    """The one connection to Skyvern and the choices admins make. `version` grows with every change."""

    __tablename__ = "organization_settings"

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id)
    skyvern_api_key: Mapped[str | None] = mapped_column(Text)
    skyvern_api_url: Mapped[str | None] = mapped_column(Text)
    preferences: Mapped[dict[str, Any] | None] = mapped_column(Json)
    version: Mapped[int] = mapped_column(Integer, nullable=False, default=1, server_default="1")
    created_at: Mapped[datetime | None] = mapped_column(Moment, default=now)
    updated_at: Mapped[datetime | None] = mapped_column(Moment, default=now, onupdate=now)
