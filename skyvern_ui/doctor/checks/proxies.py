"""What stands in front of us, and whether we believe the right ones."""

from __future__ import annotations

from ..check import Check

CHECKS: tuple[Check, ...] = ()
