from __future__ import annotations

from typing import Any

from flask import current_app, flash

from ...access import find_organization
from ...audit import record
from ...database import writing
from ...extensions import db
from ...guard import admin_only
from ...htmx import go_to
from ...llm.byok.rules import ProviderRefused, check_provider_key, delete_provider_key, save_provider_key, set_enabled
from ...request import actor, settings
from ..blueprint import bp
from ..pages import show_page
from .forms import ProviderForm


@bp.post("/<org_id>/provider-key")
@admin_only
def update_provider_key(org_id: str) -> Any:
    form, org = ProviderForm(), find_organization(org_id)
    if not form.validate_on_submit():
        return show_page(org, 422, provider=form)
    db.session.remove()
    try:
        save_provider_key(settings(), current_app.extensions["sealer"], org_id, form.base_url.data or "",
                          form.key.data or "", actor())
    except ProviderRefused as error:
        field = form._fields.get(error.field, form.base_url)
        field.errors = [*field.errors, str(error)]
        return show_page(find_organization(org_id), 422, provider=form)
    flash("The provider took the key. From the next call on models are asked with it, and cost no credits.", "ok")
    return _back(org_id)


@bp.post("/<org_id>/provider-key/test")
@admin_only
def create_provider_key_test(org_id: str) -> Any:
    """Asks the provider for its models, which costs nothing."""
    find_organization(org_id)
    db.session.remove()
    face = check_provider_key(settings(), current_app.extensions["sealer"], org_id)
    if face is not None:
        with writing():
            record(actor(), "provider_key.test", "organization", org_id, found=face.last_error or "well")
        flash(face.last_error or "The provider takes the key.", "bad" if face.last_error else "ok")
    return _back(org_id)


@bp.post("/<org_id>/provider-key/enabling")
@admin_only
def create_provider_key_enabling(org_id: str) -> Any:
    if set_enabled(find_organization(org_id).id, True, actor()):
        flash("From the next call on models are asked with the own key.", "ok")
    return _back(org_id)


@bp.post("/<org_id>/provider-key/disabling")
@admin_only
def create_provider_key_disabling(org_id: str) -> Any:
    if set_enabled(find_organization(org_id).id, False, actor()):
        flash("The own key rests. From the next call on models cost credits.", "ok")
    return _back(org_id)


@bp.post("/<org_id>/provider-key/removal")
@admin_only
def create_provider_key_removal(org_id: str) -> Any:
    if delete_provider_key(find_organization(org_id).id, actor()):
        flash("The own key is deleted. From the next call on models cost credits.", "ok")
    return _back(org_id)


def _back(org_id: str) -> Any:
    return go_to("services.show_service", org_id=org_id, _anchor="byok")
