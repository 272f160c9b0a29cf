"""The nightly export as this server does it: where, with which Skyvern, and without keeping others waiting."""

from __future__ import annotations

from typing import Any

from flask import Flask

from ...access import latest_connection
from ...aside import aside
from ...config import Settings
from ...skyvern.client import Skyvern
from . import round_rules as rules
from .files import content

PAUSE_SECONDS = 10.0


def where_of(settings: Settings) -> rules.Where | None:
    """The folder as the operator set it; None without one."""
    if settings.export_dir is None:
        return None
    return rules.Where(settings.export_dir, settings.export_hour, settings.export_git, settings.export_git_push)


class Nightly:
    """What the worker that holds the lease looks at again and again."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def look(self) -> None:
        """Makes the export that is due or asked for, if any. Raises what the database raises."""
        where = where_of(self._app.config["SETTINGS"])
        if where is None:
            return
        with self._app.app_context():
            round_id = rules.next_round(where)
            if round_id is not None:
                rules.carry_out(round_id, where, lambda: Skyvern(latest_connection()), _beside)


def _beside(read: dict[str, Any]) -> bytes:
    return aside(content, read)
