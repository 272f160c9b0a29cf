"""The checks, layer by layer, in the order in which a cause comes before its consequence."""

from __future__ import annotations

from ..check import Check
from . import (
    artifacts,
    clock,
    database,
    doors,
    key,
    live,
    model,
    network,
    own,
    proxies,
    release,
    timeouts,
    webhooks,
)

CHECKS: tuple[Check, ...] = (
    *own.CHECKS, *network.CHECKS, *release.CHECKS, *database.CHECKS, *key.CHECKS, *artifacts.CHECKS, *live.CHECKS,
    *doors.CHECKS, *model.CHECKS, *webhooks.CHECKS, *clock.CHECKS, *timeouts.CHECKS, *proxies.CHECKS,
)
