"""Binds all routes of the doctor to its blueprint."""

from __future__ import annotations

from . import routes
from .blueprint import bp
from .bundle import routes as bundle_routes
from .echo import routes as echo_routes
from .history import routes as history_routes
from .mend import routes as mend_routes
from .preflight import routes as preflight_routes

__all__ = ["bp", "bundle_routes", "echo_routes", "history_routes", "mend_routes", "preflight_routes", "routes"]
