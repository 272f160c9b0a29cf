"""This server itself: its settings and its database."""

from __future__ import annotations

from ..check import Check

CHECKS: tuple[Check, ...] = ()
