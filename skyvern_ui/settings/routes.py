from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect

from ..guard import admin_only
from ..htmx import go_to_path
from ..request import actor
from .connecting import connect, connection_page
from .forms import PreferencesForm
from .rules import save_preferences

bp = Blueprint("settings", __name__)


@bp.get("/settings")
@admin_only
def show_settings() -> Any:
    return connection_page("settings/show.html")


@bp.post("/settings/connection")
@admin_only
def update_connection() -> Any:
    return connect("settings/show.html", "/settings", ask_password=True)


@bp.get("/settings/connection")
@admin_only
def show_connection() -> Any:
    return redirect("/settings", 303)


@bp.post("/settings/preferences")
@admin_only
def update_preferences() -> Any:
    form = PreferencesForm()
    if form.validate_on_submit():
        save_preferences({"private_runs": form.private_runs.data, "unknown_gets": form.unknown_gets.data}, actor())
        flash("The house rules are saved. They hold from the next request on.", "ok")
    return go_to_path("/settings")
