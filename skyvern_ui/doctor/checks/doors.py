"""Ports that should not be reachable from outside."""

from __future__ import annotations

from ..check import Check

CHECKS: tuple[Check, ...] = ()
