"""Clocks: ours, the database's and Skyvern's."""

from __future__ import annotations

from ..check import Check

CHECKS: tuple[Check, ...] = ()
