from __future__ import annotations

from typing import Any

from flask import flash, render_template

from ..access import find_organization
from ..database import writing
from ..extensions import db
from ..guard import admin_only
from ..htmx import go_to
from ..request import actor
from . import change_rules, rules
from .blueprint import bp
from .credits.ledger_rules import CREDIT
from .forms import NameForm, ServiceForm
from .keys import rules as key_rules
from .pages import SCOPE_GROUPS, put, show_page, shown_page
from .seen import is_stale, seen_of


@bp.get("/new")
@admin_only
def new_service() -> Any:
    return _new_page(ServiceForm(formdata=None))


@bp.post("")
@admin_only
def create_service() -> Any:
    form = ServiceForm()
    if not form.validate_on_submit():
        return _new_page(form, 422)
    imported = form.imported.data or None
    try:
        with writing():  # a service and its first key, or neither
            org_id = rules.create_service(form.name.data or "", (form.credits.thousandths or 0) // CREDIT, actor())
            key_id, secret = key_rules.create_key(
                org_id, form.key_name.data or "", key_rules.Rights(tuple(form.scopes.data or ())), actor(), imported)
    except rules.Unusable as error:
        put(form, error)
        return _new_page(form, 422)
    db.session.remove()
    return shown_page(org_id, key_id, None if imported else secret, "is ready")


@bp.get("/<org_id>")
@admin_only
def show_service(org_id: str) -> Any:
    return show_page(find_organization(org_id))


@bp.post("/<org_id>/name")
@admin_only
def update_name(org_id: str) -> Any:
    form, org = NameForm(), find_organization(org_id)
    if not form.validate_on_submit():
        return show_page(org, 422, name=form)
    if is_stale(form, seen_of(org.name)):
        return show_page(org, 409, name=form)
    try:
        change_rules.rename(org_id, form.name.data or "", actor())
    except rules.Unusable as error:
        put(form, error)
        return show_page(find_organization(org_id), 422, name=form)
    flash("The name is saved.", "ok")
    return go_to("services.show_service", org_id=org_id)


@bp.post("/<org_id>/suspension")
@admin_only
def create_suspension(org_id: str) -> Any:
    if rules.set_status(find_organization(org_id).id, "suspended", actor()):
        flash("Suspended. From its next call on it is refused.", "ok")
    return go_to("services.show_service", org_id=org_id)


@bp.post("/<org_id>/suspension/lift")
@admin_only
def delete_suspension(org_id: str) -> Any:
    if rules.set_status(find_organization(org_id).id, "active", actor()):
        flash("It may call again.", "ok")
    return go_to("services.show_service", org_id=org_id)


def _new_page(form: ServiceForm, status: int = 200) -> Any:
    return render_template("services/new.html", form=form, groups=SCOPE_GROUPS), status
