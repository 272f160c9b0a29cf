"""Binds the routes of schedules to their blueprint."""

from __future__ import annotations

from . import bulk_routes, form_routes, list_routes, routes
from . import watch_routes as watching
from .blueprint import bp

__all__ = ["bp", "bulk_routes", "form_routes", "list_routes", "routes", "watching"]
