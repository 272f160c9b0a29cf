"""The blueprint that every page of services hangs on. Each of its routes is for admins only."""

from __future__ import annotations

from flask import Blueprint

from .credits.words import signed_credits
from .keys.words import key_limits

bp = Blueprint("services", __name__, url_prefix="/settings/services")
bp.add_app_template_filter(signed_credits)
bp.add_app_template_filter(key_limits)
