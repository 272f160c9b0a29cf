"""One call that costs: held before it, ended once after it, whatever comes between."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from flask import Flask

from ...database import writing
from ...extensions import db
from ...services.credits.faults import Duplicate
from ...services.credits.ledger_rules import Pool, Wish, hold, release, settle
from ...services.credits.price_rules import Tariff, tariff_of
from ...services.door import Refused
from ...services.keys.rules import Caller
from ...services.turned_away import TROUBLE, refused
from .events import Usage
from .kept_rules import keep
from .leases import AWAY, leases_of

log = structlog.get_logger("llm")
TRIES, PAUSE_SECONDS = 3, 0.3
FREE = Tariff("", "call", 0, 0)


class Charging:
    """The charge of one call. `settle` and `release` are for whoever is first; neither raises."""

    def __init__(self, app: Flask, caller: Caller, endpoint: str, model: str | None, *, byok: bool = False,
                 idempotency_key: str | None = None, fingerprint: str | None = None, units_at_most: int = 1,
                 details: Mapping[str, Any] | None = None) -> None:
        """Reserves the most the call may cost; with an own provider key nothing, and no price is needed. Raises
        Duplicate for an idempotency key that was used before, and Refused: 402, 403, 429 or 503; then nothing was
        held."""
        self._app, self._begun, self._ended = app, time.monotonic(), False
        self.byok, self.charged, self.has_key = byok, 0, idempotency_key is not None
        self.pool: Pool | None = None
        try:
            tariff = FREE if byok else tariff_of(endpoint, model)
            if tariff is None:
                raise Refused(403, "not_priced", "This route, or this model, is not open to services.",
                              "permission_error", "model" if model else None)
            self.tariff: Tariff = tariff
            self.most = tariff.hold * (units_at_most if tariff.unit == "image" else 1)
            wish = Wish(caller.org_id, endpoint, self.most, caller.key_id, model, tariff.price_id or None,
                        idempotency_key, fingerprint, byok, dict(details or {}))
            self.charge_id, self.pool = hold(wish)
        except Duplicate:
            raise
        except TROUBLE as error:
            raise refused(error, fingerprint) from error
        finally:
            db.session.remove()
        leases_of(app).keep(self.charge_id)

    def settle(self, usage: Usage, outcome: str = "done", images: int | None = None, *,
               answer: tuple[str, bytes] | None = None, told: Mapping[str, Any] | None = None) -> None:
        """The call happened. Tokens and pictures that nobody told, or tokens told as none, cost what was held: the
        server that lies about usage, or says nothing of it, does not make a call free. `answer`, type and bytes, is
        kept for whoever sends the same idempotency key again; `told` stays with the charge."""
        said = {"call": 1, "run": 1, "image": images, "1k_tokens": usage.tokens or None, "step": None}[self.tariff.unit]
        cost = 0 if self.byok else self.most if said is None else self.tariff.cost(said)
        details, kept = {**self._details(usage, images), **(told or {})}, answer if self.has_key else None

        def write() -> Pool | None:
            with writing():
                pool = settle(self.charge_id, cost, outcome, **details)
                if pool is not None and kept is not None:
                    keep(self.charge_id, *kept)
                return pool

        self._end(write, min(cost, self.most))

    def release(self, outcome: str, **more: Any) -> None:
        """The call did not happen, or brought nothing."""
        details = {**self._details(Usage(), None), **more}
        self._end(lambda: release(self.charge_id, outcome, **details), 0)

    def _details(self, usage: Usage, images: int | None) -> dict[str, Any]:
        said = {"tokens_in": usage.prompt, "tokens_out": usage.completion, "images": images,
                "upstream_id": usage.request_id or None, "seconds": round(time.monotonic() - self._begun, 3)}
        return {name: value for name, value in said.items() if value is not None}

    def _end(self, write: Callable[[], Pool | None], cost: int) -> None:
        if self._ended:
            return
        self._ended, self.charged = True, cost
        leases = leases_of(self._app)
        for attempt in range(TRIES):
            try:
                with self._app.app_context():
                    try:
                        self.pool = write() or self.pool
                    finally:
                        db.session.remove()
                leases.drop(self.charge_id)
                return
            except AWAY as error:
                log.error("a charge is not ended yet", charge=self.charge_id, error=type(error).__name__)
                if attempt < TRIES - 1:
                    time.sleep(PAUSE_SECONDS * 2 ** attempt)
        leases.end_later(self.charge_id, write)
