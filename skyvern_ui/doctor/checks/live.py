"""The live view: a real handshake, the first frame, and once through the public address."""

from __future__ import annotations

from ..check import Check

CHECKS: tuple[Check, ...] = ()
