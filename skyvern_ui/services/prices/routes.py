from __future__ import annotations

from typing import Any

from flask import abort, flash, render_template, request

from ...guard import admin_only
from ...htmx import go_to_path
from ...request import actor
from ..blueprint import bp
from ..credits.price_rules import ANY, close_price, set_price, unset_price
from ..seen import is_stale
from . import rules
from .forms import PriceForm, state_of

HERE = "/settings/services/prices"


@bp.get("/prices")
@admin_only
def list_prices() -> Any:
    return _page()


@bp.get("/prices/<slug>")
@admin_only
def show_price(slug: str) -> Any:
    listed = _found(slug)
    return render_template("services/price.html", listed=listed, rows=rules.history(listed.endpoint.path),
                           most=rules.HISTORY, said=rules.said)


@bp.get("/prices/<slug>/preview")
@admin_only
def show_preview(slug: str) -> Any:
    """What the price that is being typed would mean."""
    listed = _found(slug)
    form = PriceForm(listed, formdata=request.args, meta={"csrf": False})
    told = rules.example(form.unit.data, form.amount.thousandths or 0, form.hold.thousandths or 0) \
        if form.validate() else "; ".join(str(e) for errors in form.errors.values() for e in errors)
    return render_template("services/_preview.html", slug=slug, told=told)


@bp.post("/prices/<slug>")
@admin_only
def create_price(slug: str) -> Any:
    listed = _found(slug)
    form = PriceForm(listed)
    if not form.validate_on_submit() or is_stale(form, state_of(listed)):
        return _page(form, slug, 422)
    try:
        set_price(listed.endpoint.path, form.wanted_model, form.unit.data, form.amount.thousandths or 0,
                  form.hold.thousandths or 0, actor())
    except ValueError as error:
        form.hold.errors = [*form.hold.errors, str(error)]
        return _page(form, slug, 422)
    of = "" if form.wanted_model == ANY else f" of {form.wanted_model}"
    flash(f"{listed.endpoint.label}{of} has its price, for the next call.", "ok")
    return go_to_path(f"{HERE}#{slug}")


@bp.post("/prices/<slug>/closing")
@admin_only
def create_closing(slug: str) -> Any:
    """Closes a route, or one model of it; or ends a model's own price, so that the one of any model holds again."""
    listed = _found(slug)
    if "only" in request.form:  # the model that is named in the form of the price
        form = PriceForm(listed)
        if form.wanted_model == ANY or not form.model.validate(form):
            form.model.errors = [*form.model.errors, "Name the model that is to be closed."]
            return _page(form, slug, 422)
        model = form.wanted_model
    else:
        model = request.form.get("model", ANY)
        if model not in (ANY, *(price.model for price in listed.models)):
            abort(422, "This model has no price of its own any more.")
    what = f"{listed.endpoint.label}{'' if model == ANY else f' of {model}'}"
    if model != ANY and request.form.get("then") == "any":
        unset_price(listed.endpoint.path, model, actor())
        flash(f"{what} costs what any model costs.", "ok")
    else:
        close_price(listed.endpoint.path, model, actor())
        flash(f"{what} is closed to services, from their next call on.", "ok")
    return go_to_path(f"{HERE}#{slug}")


@bp.post("/prices/start")
@admin_only
def create_start_prices() -> Any:
    made = rules.start_prices(actor())
    flash(f"{len(made)} routes have a price to begin with: {', '.join(made)}." if made else
          "Every route had a price already.", "ok")
    return go_to_path(HERE)


def _page(shown: PriceForm | None = None, slug: str = "", status: int = 200) -> Any:
    listed = rules.price_list()
    forms = {each.slug: shown if shown is not None and each.slug == slug else PriceForm(each, formdata=None)
             for each in listed}
    return render_template(
        "services/prices.html", groups=_groups(listed), forms=forms, open_slug=slug, said=rules.said,
        example=rules.example, is_open=rules.is_open,
        fresh=[each for each in listed if each.price is None and each.endpoint.scope],
        is_anything_open=any(each.is_open for each in listed)), status


def _groups(listed: list[rules.Listed]) -> list[tuple[str, str, list[rules.Listed]]]:
    def of(kind: str) -> list[rules.Listed]:
        return [each for each in listed if each.endpoint.scope.split(":")[0] == kind]

    groups = [("Models", "through the gateway", of("llm")), ("Skyvern", "through the proxy", of("skyvern")),
              ("Other routes", "that were given a price at a terminal", of(""))]
    return [group for group in groups if group[2]]


def _found(slug: str) -> rules.Listed:
    return rules.find_listed(slug) or abort(404, "There is no such route in the price list.")
