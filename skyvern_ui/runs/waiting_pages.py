"""What the run's page is given about a run that waits for a human."""

from __future__ import annotations

from typing import Any

from ..skyvern.values import Run


def wait_face(run: Run) -> dict[str, Any]:
    """`wait`: what the run waits for, or None."""
    return {"wait": None}
