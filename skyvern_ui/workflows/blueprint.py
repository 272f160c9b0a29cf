"""The blueprint that every route of workflows hangs on."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("workflows", __name__, url_prefix="/workflows")
