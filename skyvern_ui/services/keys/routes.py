from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import abort, flash, render_template

from ...access import find_organization
from ...guard import admin_only
from ...htmx import go_to
from ...request import actor
from ..blueprint import bp
from ..pages import SCOPE_GROUPS, key_page, put, shown_page
from ..seen import is_stale
from . import rules
from .forms import EditKeyForm, NewKeyForm, RotationForm, version_of
from .listing_rules import Face, find_key
from .naming_rules import create_named_key


@bp.get("/<org_id>/keys/new")
@admin_only
def new_key(org_id: str) -> Any:
    return _new_page(org_id, NewKeyForm(formdata=None))


@bp.post("/<org_id>/keys")
@admin_only
def create_key(org_id: str) -> Any:
    form, imported = NewKeyForm(), None
    find_organization(org_id)
    if not form.validate_on_submit():
        return _new_page(org_id, form, 422)
    imported = form.imported.data or None
    try:
        key_id, secret = create_named_key(org_id, form.name.data or "", form.rights, actor(), imported)
    except rules.Unusable as error:
        put(form, error)
        return _new_page(org_id, form, 422)
    return shown_page(org_id, key_id, None if imported else secret, "has a new key")


@bp.get("/<org_id>/keys/<key_id>")
@admin_only
def show_key(org_id: str, key_id: str) -> Any:
    return _page(org_id, key_id)


@bp.post("/<org_id>/keys/<key_id>")
@admin_only
def update_key(org_id: str, key_id: str) -> Any:
    form, key = EditKeyForm(), _find(org_id, key_id)
    if not form.validate_on_submit():
        return _page(org_id, key_id, 422, form=form)
    if is_stale(form, version_of(key)):
        return _page(org_id, key_id, 409, form=form)
    try:
        rules.update_key(key_id, form.name.data or "", form.rights, actor())
    except rules.Unusable as error:
        put(form, error)
        return _page(org_id, key_id, 422, form=form)
    flash("The rights are saved. They hold from the next call.", "ok")
    return go_to("services.show_key", org_id=org_id, key_id=key_id)


@bp.post("/<org_id>/keys/<key_id>/rotation")
@admin_only
def create_rotation(org_id: str, key_id: str) -> Any:
    form, _key = RotationForm(), _find(org_id, key_id)
    if not form.validate_on_submit():
        return _page(org_id, key_id, 422, rotation=form)
    try:
        secret = rules.rotate_key(key_id, timedelta(seconds=int(form.overlap.data)), actor())
    except rules.Unusable as error:
        return _page(org_id, key_id, 409, str(error), rotation=form)
    return shown_page(org_id, key_id, secret, "has a new secret")


@bp.post("/<org_id>/keys/<key_id>/rotation/ending")
@admin_only
def create_secret_ending(org_id: str, key_id: str) -> Any:
    if rules.end_old_secret(_find(org_id, key_id).key_id, actor()):
        flash("The old secret is ended. Only the new one works.", "ok")
    return go_to("services.show_key", org_id=org_id, key_id=key_id)


@bp.post("/<org_id>/keys/<key_id>/ending")
@admin_only
def create_key_ending(org_id: str, key_id: str) -> Any:
    if rules.revoke_key(_find(org_id, key_id).key_id, actor()):
        flash("The key is ended.", "ok")
    return go_to("services.show_service", org_id=org_id, _anchor="keys")


def _find(org_id: str, key_id: str) -> Face:
    find_organization(org_id)
    return find_key(org_id, key_id) or abort(404, "This service has no such key.")


def _page(org_id: str, key_id: str, status: int = 200, problem: str = "", form: EditKeyForm | None = None,
          rotation: RotationForm | None = None) -> Any:
    key = _find(org_id, key_id)
    return key_page(find_organization(org_id), key, form or EditKeyForm.of(key),
                    rotation or RotationForm(formdata=None), status, problem)


def _new_page(org_id: str, form: NewKeyForm, status: int = 200) -> Any:
    return render_template("services/new_key.html", org=find_organization(org_id), form=form,
                           groups=SCOPE_GROUPS), status
