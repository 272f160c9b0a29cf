"""What the audit log says, as a test reads it."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog


def audited(app: Flask, action: str) -> list[AuditLog]:
    """The rows of an action, the oldest first."""
    with app.app_context():
        rows = list(db.session.scalars(select(AuditLog).where(AuditLog.action == action).order_by(
            AuditLog.created_at, AuditLog.id)))
        db.session.expunge_all()
        db.session.remove()
    return rows
