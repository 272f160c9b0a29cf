"""Binds the routes of runs to their blueprint, each room by its noun."""

from __future__ import annotations

from . import list_routes, live_routes, routes
from .blueprint import bp

__all__ = ["bp", "list_routes", "live_routes", "routes"]
