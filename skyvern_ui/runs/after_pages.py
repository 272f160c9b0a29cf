"""What the run's page is given about what can be done with the run."""

from __future__ import annotations

from typing import Any

from ..skyvern.values import Run


def after_face(run: Run) -> dict[str, Any]:
    """`after`: the chain of retries, the webhook, who is told at the end, the shared links; or None."""
    return {"after": None}
