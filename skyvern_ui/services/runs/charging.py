"""The charge of one call that a service makes on Skyvern: held before it, ended by what is known after it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from ...extensions import db
from ...models.reader import Unavailable
from ..credits.faults import Duplicate
from ..credits.ledger_rules import Pool, Wish, hold, release, settle
from ..credits.price_rules import tariff_of
from ..door import Refused
from ..keys.rules import Caller
from ..turned_away import STOP, TROUBLE, refused
from .charge_rules import RUNS, began, doubt

log = structlog.get_logger("services")
TRIES, PAUSE_SECONDS = 5, 0.2


class CallCharge:
    """Ended once by `happened`, `failed` or `unknown`; none of these raises. What cannot be written then, because
    the database is away, is found out later from the audit and from Skyvern (watching.py)."""

    def __init__(self, app: Flask, who: Caller, endpoint: str, details: Mapping[str, Any],
                 idempotency_key: str | None = None, fingerprint: str | None = None) -> None:
        """Reserves what the call may cost. Raises Refused; then nothing was held."""
        self._app, self._who, self._endpoint = app, who, endpoint
        self.charged = 0
        try:
            tariff = tariff_of(endpoint)
            if tariff is None:
                raise Refused(403, "not_priced", "This route has no price here, so it is closed to services.",
                              "permission_error")
            self._tariff = tariff
            self.id, pool = hold(Wish(who.org_id, endpoint, tariff.hold, who.key_id, None, tariff.price_id,
                                      idempotency_key, fingerprint, details={**details, "unit": tariff.unit}))
            self.pool: Pool | None = pool
            self.held = tariff.hold
        except Duplicate as error:
            raise _earlier(error, fingerprint) from error
        except TROUBLE as error:
            raise refused(error, fingerprint) from error
        finally:
            db.session.remove()

    def happened(self, run_id: str | None) -> None:
        """Skyvern has said yes. A run that is paid by its steps stays held under its id."""
        if self._endpoint in RUNS:
            if run_id is None:
                return self.unknown("no_run_id")
            if not self._write(lambda: began(self.id, run_id, self._who.org_id, self._who.org_name)):
                return None
            if self._tariff.unit == "step":
                return None
        cost = self._tariff.amount if self._tariff.unit in ("call", "run") else self._tariff.hold
        if self._write(lambda: self._stand(settle(self.id, cost))):
            self.charged, self.held = min(cost, self.held), 0
        return None

    def failed(self, outcome: str) -> None:
        """It certainly did not happen."""
        if self._write(lambda: self._stand(release(self.id, outcome))):
            self.held = 0

    def unknown(self, why: str) -> None:
        """Nobody knows. What costs nothing is no question to anybody."""
        if self._endpoint in RUNS or self.held:
            self._write(lambda: doubt(self.id, why))
        else:
            self._write(lambda: self._stand(settle(self.id, 0, "unknown")))

    def _stand(self, pool: Pool | None) -> None:
        self.pool = pool or self.pool

    def _write(self, act: Callable[[], None]) -> bool:
        for attempt in range(TRIES):
            try:
                with self._app.app_context():
                    try:
                        act()
                    finally:
                        db.session.remove()
                return True
            except (SQLAlchemyError, Unavailable) as error:
                log.error("a charge is not written", charge=self.id, error=type(error).__name__)
                time.sleep(PAUSE_SECONDS * 2 ** attempt)
        return False


def _earlier(error: Duplicate, fingerprint: str | None) -> Refused:
    """A run that was started with this key is named, so that whoever lost the answer finds it."""
    first = error.charge
    if first.fingerprint != fingerprint or first.run_id is None:
        return refused(error, fingerprint)
    return Refused(409, "already_started", "The call with this Idempotency-Key has started a run already.",
                   "invalid_request_error", None, STOP, run_id=first.run_id, charge=first.id)
