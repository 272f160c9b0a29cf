"""Skyvern's own database."""

from __future__ import annotations

from ..check import Check

CHECKS: tuple[Check, ...] = ()
