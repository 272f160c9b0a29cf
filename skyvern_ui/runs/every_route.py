"""Binds the routes of runs to their blueprint, each room by its noun. Order matters where paths could be taken for
ids: what has a name of its own comes before `/runs/<run_id>`."""

from __future__ import annotations

from . import live_routes, routes
from .blueprint import bp

__all__ = ["bp", "live_routes", "routes"]
