"""Checks made for a test: sound ones, broken ones, and one that waits until it is let."""

from __future__ import annotations

import threading
from typing import Any

from skyvern_ui.doctor.check import Check, Patient
from skyvern_ui.doctor.finding import Finding, ok

BROKEN = Finding("key", "key", "fail", "key_garbage", "The key is not one of Skyvern's", "It was refused.",
                 ("Print the key:", "$ docker compose exec skyvern cat .env"), (("Status", "403"),), "/settings")


def of(finding: Finding, **options: Any) -> Check:
    """A check that finds this."""
    return Check(finding.check, finding.layer, f"Whether {finding.check} is well", lambda _patient: finding, **options)


def fine(name: str, layer: str = "own", **options: Any) -> Check:
    """A check that finds nothing wrong."""
    return of(ok(name, layer, f"{name.title()} is well"), **options)


class Gate:
    """Holds its check back until `opened`."""

    def __init__(self) -> None:
        self.opened, self.begun = threading.Event(), 0

    def check(self, finding: Finding, **options: Any) -> Check:
        def look(_patient: Patient) -> Finding:
            self.begun += 1
            self.opened.wait(20)
            return finding
        return Check(finding.check, finding.layer, "Slow", look, **{"seconds": 20.0, **options})
