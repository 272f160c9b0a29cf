"""Services that have called: rows as the gateway leaves them, at any time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Flask

from skyvern_ui.audit import CLI
from skyvern_ui.database import writing
from skyvern_ui.extensions import db
from skyvern_ui.models import Charge
from skyvern_ui.models.columns import now
from skyvern_ui.services.credits.endpoints import CHAT
from skyvern_ui.services.rules import create_service

HOSTILE = "=1+1 <script>alert(1)</script> \"' é \u202e"


def noon(days_ago: int = 0) -> datetime:
    """A moment of a day that is surely over, or of today and surely past."""
    moment = now()
    return moment.replace(hour=12) - timedelta(days=days_ago) if days_ago else moment - timedelta(milliseconds=5)


def service(app: Flask, name: str = "presenton-service", credits: int = 100) -> str:
    with app.app_context():
        org_id = create_service(name, credits, CLI)
        db.session.remove()
        return org_id


def called(app: Flask, org_id: str, cost: int = 1000, *, at: datetime | None = None, times: int = 1,
           **more: Any) -> list[str]:
    """Calls that cost so many thousandths each; their ids, the oldest first."""
    moment, made = at or noon(), []
    with app.app_context():
        with writing() as session:
            for n in range(times):
                begun = moment - timedelta(seconds=times - n)
                row = Charge(**{"org_id": org_id, "endpoint": CHAT, "model": "gpt", "hold": cost, "actual": cost,
                                "state": "settled", "outcome": "done", "lease_until": begun, "created_at": begun,
                                "finished_at": begun, "details": {"tokens_in": 10, "tokens_out": 5, "seconds": 1.5},
                                **more})
                session.add(row)
                session.flush()
                made.append(row.id)
        db.session.remove()
    return made


def failed(app: Flask, org_id: str, outcome: str, **more: Any) -> list[str]:
    """Calls that were begun and came to nothing."""
    return called(app, org_id, 0, hold=1000, state="released", outcome=outcome, **more)


def under_way(app: Flask, org_id: str, held: int = 1000, **more: Any) -> list[str]:
    return called(app, org_id, 0, **{"hold": held, "actual": None, "state": "held", "outcome": None,
                                     "finished_at": None, **more})
