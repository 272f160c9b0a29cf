"""Movements of credits as people read them."""

from __future__ import annotations

from ...formatters import credits


def signed_credits(thousandths: int) -> str:
    """With its sign: +10,000 or −2.5; 0 is a dash."""
    return "–" if not thousandths else f"{'+' if thousandths > 0 else '−'}{credits(abs(thousandths))}"
