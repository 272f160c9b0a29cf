from __future__ import annotations

import pytest
from flask import Flask

from .calling import Service, new_service, set_prices


@pytest.fixture
def service(connected: Flask) -> Service:
    """A service for all of Skyvern, with 1,000 credits and prices by the step."""
    set_prices(connected)
    return new_service(connected)


@pytest.fixture
def other(connected: Flask, service: Service) -> Service:
    return new_service(connected, "bolt-diy-service")
