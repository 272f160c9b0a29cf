"""The key, each way in which it can be wrong."""

from __future__ import annotations

from ..check import Check

CHECKS: tuple[Check, ...] = ()
