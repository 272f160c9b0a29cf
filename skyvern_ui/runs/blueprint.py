"""The blueprint that every route of runs hangs on."""

from __future__ import annotations

from flask import Blueprint

from .secret_rules import unsecret

bp = Blueprint("runs", __name__, url_prefix="/runs")
bp.add_app_template_filter(unsecret)
