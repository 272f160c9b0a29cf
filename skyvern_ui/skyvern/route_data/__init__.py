"""The route table as data, one module a group of routes."""

from __future__ import annotations

from skyvern_ui.skyvern.route_data import (
    browsers,
    copilot,
    credentials,
    integrations,
    runs,
    scripts,
    server,
    streams,
    workflows,
)

ROUTES: tuple[tuple[str, str, str, str, str, str], ...] = (
    *runs.ROUTES,
    *workflows.ROUTES,
    *browsers.ROUTES,
    *server.ROUTES,
    *copilot.ROUTES,
    *credentials.ROUTES,
    *scripts.ROUTES,
    *streams.ROUTES,
    *integrations.ROUTES,
)
