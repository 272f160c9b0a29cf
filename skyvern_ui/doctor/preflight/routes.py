from __future__ import annotations

from typing import Any

from flask import current_app, render_template
from sqlalchemy.exc import SQLAlchemyError

from ...access import connection
from ...extensions import db
from ...request import signed_in
from ...skyvern.errors import NoConnection
from ..blueprint import bp
from .rules import Preflight, model_now, with_model


@bp.get("/doctor/preflight")
def show_preflight() -> Any:
    """The sentence beside a button that starts something. It says nothing rather than fail."""
    is_admin = signed_in().is_admin
    try:
        where = connection()
        model = model_now()
    except NoConnection:
        return render_template("doctor/_preflight.html", preflight=None, asked=True)  # the page says so above
    except SQLAlchemyError:
        model = None
    finally:
        db.session.remove()
    seen: Preflight = current_app.extensions.setdefault("preflight", Preflight())
    advice = with_model(seen.look(where), model, is_admin)
    return render_template("doctor/_preflight.html", preflight=advice, asked=True)
