"""A service with a key and a pool, whatever it calls."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask

from skyvern_ui.extensions import db
from skyvern_ui.models.organization import OrganizationCredits
from skyvern_ui.services.credits.ledger_rules import sums


@dataclass
class KeyHolder:
    """What every test of a service knows of it."""

    app: Flask
    org_id: str
    key_id: str
    key: str

    def pool(self) -> tuple[int, int]:
        """Available and held, which the ledger says too."""
        with self.app.app_context():
            row = db.session.get(OrganizationCredits, self.org_id)
            assert row is not None and sums(self.org_id) == (row.credit_balance, row.held)
            found = row.credit_balance, row.held
            db.session.remove()
            return found
