"""The way to Skyvern: name, port, TLS, the right service, both prefixes."""

from __future__ import annotations

from ..check import Check

CHECKS: tuple[Check, ...] = ()
