"""Which release of Skyvern answers, and what it lacks."""

from __future__ import annotations

from ..check import Check

CHECKS: tuple[Check, ...] = ()
