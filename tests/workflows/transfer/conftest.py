from __future__ import annotations

import pytest
from flask import Flask


@pytest.fixture
def with_skyvern(connected: Flask) -> Flask:
    return connected
