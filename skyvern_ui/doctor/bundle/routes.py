from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, current_app, render_template, request

from ...access import connection
from ...audit import record
from ...database import writing
from ...extensions import db
from ...guard import admin_only
from ...request import actor, settings
from ...skyvern.errors import NoConnection
from ..blueprint import bp
from ..checks import CHECKS
from ..history.rules import latest_findings
from .rules import FAILURES, HISTORY_DAYS, gather
from .secrets import scrub_of_everything


@bp.get("/doctor/bundle")
@admin_only
def show_bundle() -> Any:
    looked_at = max((each.last_at for each in latest_findings().values()), default=None)
    return render_template("doctor/bundle.html", looked_at=looked_at, failures=FAILURES,
                           days=HISTORY_DAYS)


@bp.post("/doctor/bundle")
@admin_only
def create_bundle() -> Any:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    hide_hosts = bool(request.form.get("hide_hosts"))
    try:
        address = connection().url
    except NoConnection:
        address = ""
    bundle = gather(settings(), CHECKS, scrub_of_everything(app), address, hide_hosts=hide_hosts)
    with writing():
        record(actor(), "doctor.bundle", "settings", None, hosts="hidden" if hide_hosts else "kept")
    db.session.remove()
    response = Response(bundle.stream(), mimetype="application/zip")
    name = f"skyvern-ui-support-{datetime.now(UTC):%Y-%m-%d-%H%M}.zip"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
