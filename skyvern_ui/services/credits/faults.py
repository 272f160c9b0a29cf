"""Why no credits were held. Nothing has happened then.

    NotHeld
      Insufficient    the pool, or the key's own cap, does not hold what is needed
      OverBudget      a budget or a quota of this day or month is used up
      TooManyAtOnce   this key has as many calls under way as it may
      Duplicate       the idempotency key was used before
"""

from __future__ import annotations

from datetime import datetime

from ...models.charge import Charge


class NotHeld(Exception):
    """The call must not be made."""


class Insufficient(NotHeld):
    """`source`: org_pool or key_cap; amounts in thousandths. `refill_at`: when the pool fills itself, naive UTC."""

    def __init__(self, source: str, available: int, needed: int, refill_at: datetime | None = None) -> None:
        super().__init__(f"{needed} needed, {available} available")
        self.source, self.available, self.needed, self.refill_at = source, available, needed, refill_at


class OverBudget(NotHeld):
    """`source`: org or key, then credits or calls, then day or month: `key_credits_day`. Credits in thousandths;
    `resets_at` is naive UTC."""

    def __init__(self, source: str, limit: int, used: int, needed: int, resets_at: datetime) -> None:
        super().__init__(f"{source}: {used} of {limit} used, {needed} needed")
        self.source, self.limit, self.used, self.needed, self.resets_at = source, limit, used, needed, resets_at


class TooManyAtOnce(NotHeld):
    """`most`: how many calls of this key may be under way."""

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} at once")
        self.most = most


class Duplicate(NotHeld):
    """This organisation has used the idempotency key in the last day; `charge` is that call."""

    def __init__(self, charge: Charge) -> None:
        super().__init__(charge.id)
        self.charge = charge
