"""The model: Skyvern's own view, then the model asked directly."""

from __future__ import annotations

from ..check import Check

CHECKS: tuple[Check, ...] = ()
