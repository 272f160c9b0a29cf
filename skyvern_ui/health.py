"""/healthz, /readyz and /metrics: for whoever watches the server."""

from __future__ import annotations

import hmac
import os
from typing import Any

from alembic.script import ScriptDirectory
from flask import Blueprint, Response, current_app, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest, multiprocess

from .guard import anonymous, public, reader, refuse
from .models.reader import Unavailable
from .request import me, settings
from .shell import MIGRATIONS

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@anonymous  # a load balancer has no session, and a process without a database is still alive
def show_health() -> Any:
    return jsonify(status="alive")


@bp.get("/readyz")
@anonymous  # a load balancer has no session; the answer names no detail
def show_readiness() -> Any:
    if current_app.extensions["streams"].draining:
        return jsonify(status="draining"), 503
    try:
        schema = reader().scalar("SELECT version_num FROM alembic_version")
    except Unavailable:
        return jsonify(status="database"), 503
    if schema != head():
        return jsonify(status="schema"), 503
    return jsonify(status="ready")


@bp.get("/metrics")
@public  # a scraper has no session: it sends METRICS_TOKEN; without the token only admins are answered
def show_metrics() -> Any:
    person, token = me(), settings().metrics_token
    sent = request.headers.get("Authorization", "")
    wanted = f"Bearer {token}".encode()
    if not (person and person.is_admin) and not (token and hmac.compare_digest(sent.encode("latin-1"), wanted)):
        return refuse(403 if person else 401, "admins_only" if person else "not_signed_in",
                      "Only an admin, or who holds METRICS_TOKEN, may read the metrics.")
    return Response(generate_latest(_registry()), mimetype=CONTENT_TYPE_LATEST)


def head() -> str | None:
    """The newest revision this code knows."""
    if "schema_head" not in current_app.extensions:
        current_app.extensions["schema_head"] = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    found: str | None = current_app.extensions["schema_head"]
    return found


def _registry() -> CollectorRegistry:
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return REGISTRY
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry
