"""Whether Skyvern reaches us, and signs with our key."""

from __future__ import annotations

from ..check import Check

CHECKS: tuple[Check, ...] = ()
