from __future__ import annotations

import pytest
from flask import Flask


@pytest.fixture(autouse=True)
def with_skyvern(connected: Flask) -> Flask:
    return connected
