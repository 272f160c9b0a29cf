"""Binds all pages of services to their blueprint, each room by its noun."""

from __future__ import annotations

from . import routes
from .blueprint import bp
from .credits import routes as credit_routes
from .keys import routes as key_routes
from .overview import routes as overview_routes
from .prices import routes as price_routes
from .provider import routes as provider_routes
from .runs import question_routes
from .usage import routes as usage_routes

__all__ = ["bp", "credit_routes", "key_routes", "overview_routes", "price_routes", "provider_routes", "question_routes",
           "routes", "usage_routes"]
