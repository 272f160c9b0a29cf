"""Binds the routes of runs to their blueprint, each room by its noun."""

from __future__ import annotations

from . import (
    after_routes,
    bulk_routes,
    comparison_routes,
    control_routes,
    diagnostic_routes,
    export_routes,
    failure_routes,
    list_routes,
    live_routes,
    output_routes,
    routes,
    tag_routes,
    view_routes,
    waiting_routes,
    webhook_routes,
)
from .blueprint import bp

__all__ = [
    "failure_routes",
    "export_routes",
    "view_routes",
    "bulk_routes",
    "after_routes",
    "bp",
    "comparison_routes",
    "control_routes",
    "diagnostic_routes",
    "list_routes",
    "live_routes",
    "output_routes",
    "routes",
    "tag_routes",
    "waiting_routes",
    "webhook_routes",
]
