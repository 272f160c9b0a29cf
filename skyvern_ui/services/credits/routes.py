from __future__ import annotations

from typing import Any

from flask import flash, render_template, request

from ...access import find_organization
from ...formatters import credits
from ...guard import admin_only
from ...htmx import go_to
from ...request import actor
from .. import change_rules
from ..blueprint import bp
from ..pages import levels_seen, limits_seen, pool_of, put, refill_seen, show_page
from ..seen import is_stale
from ..unusable import AlreadyDone, Unusable
from .forms import GrantForm, LevelsForm, LimitsForm, RefillForm
from .movement_rules import movements, parse_key
from .refill_rules import set_refill


@bp.post("/<org_id>/grants")
@admin_only
def create_grant(org_id: str) -> Any:
    form, org = GrantForm(), find_organization(org_id)
    if not form.validate_on_submit():
        return show_page(org, 422, grant=form)
    name = org.name
    try:
        pool = change_rules.adjust(org_id, form.signed, form.reason.data or "", actor(), once=form.once.data or "")
    except AlreadyDone:
        flash("This was done already: the form was sent twice.", "ok")
        return go_to("services.show_service", org_id=org_id)
    except Unusable as error:
        put(form, error)
        return show_page(find_organization(org_id), 422, grant=form)
    word = "were given to" if form.signed > 0 else "were taken from"
    flash(f"{credits(abs(form.signed))} credits {word} {name}. It has {credits(pool.available)} now.", "ok")
    return go_to("services.show_service", org_id=org_id)


@bp.post("/<org_id>/refill")
@admin_only
def update_refill(org_id: str) -> Any:
    form, org = RefillForm(), find_organization(org_id)

    def save() -> None:
        set_refill(org_id, form.mode.data, form.amount.thousandths or 0, form.period.data, actor())

    return _saved(org_id, "refill", form, refill_seen(pool_of(org)), save, "The refill is saved.")


@bp.post("/<org_id>/levels")
@admin_only
def update_levels(org_id: str) -> Any:
    form, org = LevelsForm(), find_organization(org_id)

    def save() -> None:
        change_rules.set_levels(org_id, form.warn_at.thousandths or 0, form.critical_at.thousandths or 0, actor())

    return _saved(org_id, "levels", form, levels_seen(pool_of(org)), save, "The levels are saved.")


@bp.post("/<org_id>/limits")
@admin_only
def update_limits(org_id: str) -> Any:
    form, org = LimitsForm(), find_organization(org_id)

    def save() -> None:
        change_rules.set_limits(org_id, form.limits, actor())

    return _saved(org_id, "limits", form, limits_seen(org), save,
                  "The budgets are saved, and hold from the next call.")


@bp.get("/<org_id>/ledger")
@admin_only
def list_movements(org_id: str) -> Any:
    org, only_people = find_organization(org_id), request.args.get("show") == "people"
    rows, following = movements(org_id, only_people, parse_key(request.args.get("after")))
    return render_template("services/ledger.html", org=org, rows=rows, following=following, only_people=only_people,
                           paged=bool(request.args.get("after")))


def _saved(org_id: str, name: str, form: Any, state: str, save: Any, done: str) -> Any:
    """Checks a form, makes sure that it was filled in from what still holds, and saves it."""
    if not form.validate_on_submit():
        return show_page(find_organization(org_id), 422, **{name: form})
    if is_stale(form, state):
        return show_page(find_organization(org_id), 409, **{name: form})
    try:
        save()
    except Unusable as error:
        put(form, error)
        return show_page(find_organization(org_id), 422, **{name: form})
    flash(done, "ok")
    return go_to("services.show_service", org_id=org_id)
