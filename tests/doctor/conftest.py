from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from skyvern_ui.doctor.check import Check

from .gate import Gate


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.opened.set()


@pytest.fixture
def checks(app: Flask) -> Callable[..., None]:
    """Puts these checks in the place of the real ones."""
    def put(*these: Check) -> None:
        app.extensions["checks"] = these
    return put
