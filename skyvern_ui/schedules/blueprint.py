"""The blueprint of schedules. Those of one workflow have their addresses below the workflow's."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("schedules", __name__)
ONE = "/workflows/<wpid>/schedules/<schedule_id>"
