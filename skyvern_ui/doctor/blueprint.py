from __future__ import annotations

from flask import Blueprint

bp = Blueprint("doctor", __name__)
