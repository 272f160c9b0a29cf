"""Time-outs and buffers between a browser and us."""

from __future__ import annotations

from ..check import Check

CHECKS: tuple[Check, ...] = ()
