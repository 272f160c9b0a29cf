"""Screenshots, files and recordings, as our pages fetch them."""

from __future__ import annotations

from ..check import Check

CHECKS: tuple[Check, ...] = ()
