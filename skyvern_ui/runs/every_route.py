"""Binds the routes of runs to their blueprint, each room by its noun."""

from __future__ import annotations

from . import (
    comparison_routes,
    diagnostic_routes,
    list_routes,
    live_routes,
    output_routes,
    routes,
)
from .blueprint import bp

__all__ = [
    "bp",
    "comparison_routes",
    "diagnostic_routes",
    "list_routes",
    "live_routes",
    "output_routes",
    "routes",
]
