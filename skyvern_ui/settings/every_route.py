"""Binds all routes of the settings to their blueprint."""

from __future__ import annotations

from . import llm_routes
from .routes import bp

__all__ = ["bp", "llm_routes"]
