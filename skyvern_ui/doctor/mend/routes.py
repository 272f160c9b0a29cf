"""/doctor/mend: an address or a key that works, shown before it is taken and looked at again after."""

from __future__ import annotations

from typing import Any

from flask import render_template

from ...guard import admin_only
from ...htmx import fragment, go_to_path
from ...request import actor, settings
from ...settings.rules import Overtaken, save_connection
from ..blueprint import bp
from .forms import AddressForm, KeyForm, RepairForm
from .mending import OVERTAKEN, is_proven, leads_to, sealer, state_now, tell_how_it_is
from .repair import Repaired, RepairFailed, can_repair, repair
from .rules import finds_address, look_at_address, look_at_keys, scrub_of


@bp.get("/doctor/mend/address")
@admin_only
def show_address_mend() -> Any:
    return _address_page()


@bp.post("/doctor/mend/address")
@admin_only
def update_address() -> Any:
    form, state = AddressForm(), state_now()
    if not form.validate_on_submit() or not is_proven(form):
        return _address_page(form, status=422)
    if form.version.data != state.version:
        return _address_page(problem=OVERTAKEN, status=409)
    address = str(form.address.data)
    if not state.url or not finds_address(state, settings(), address):
        return _address_page(problem=("That address does not answer any more", "Nothing was changed."), status=409)
    try:
        save_connection(sealer(), address, None, actor(), settings().skyvern_api_url, version=state.version,
                        keeps_key=True)
    except Overtaken:
        return _address_page(problem=OVERTAKEN, status=409)
    return go_to_path(leads_to(tell_how_it_is()))


@bp.get("/doctor/mend/key")
@admin_only
def show_key_mend() -> Any:
    return _key_page()


@bp.get("/doctor/mend/key/candidates")
@admin_only
def show_key_candidates() -> Any:
    return fragment("doctor/_mend_keys.html", **_keys())


@bp.post("/doctor/mend/key")
@admin_only
def update_key() -> Any:
    form, state = KeyForm(), state_now()
    if not form.validate_on_submit() or not is_proven(form):
        return _key_page(form, status=422)
    if form.version.data != state.version:
        return _key_page(problem=OVERTAKEN, status=409)
    keys = look_at_keys(state, settings())
    chosen = next((each for each in keys.candidates if each.id == form.choice.data), None)
    if chosen is None:
        return _key_page(problem=("That key is gone", "The file has changed since the page was drawn."), status=409)
    if not chosen.works:
        return _key_page(problem=(chosen.finding.title, chosen.finding.explain), status=409)
    try:
        save_connection(sealer(), state.url or keys.url, chosen.key, actor(), version=state.version)
    except Overtaken:
        return _key_page(problem=OVERTAKEN, status=409)
    return go_to_path(leads_to(tell_how_it_is()))


@bp.post("/doctor/mend/key/repair")
@admin_only
def create_repair() -> Any:
    form, state = RepairForm(), state_now()
    if not form.validate_on_submit() or not is_proven(form):
        return _key_page(repair_form=form, status=422)
    if form.version.data != state.version:
        return _key_page(problem=OVERTAKEN, status=409)
    try:
        done: Repaired = repair(state, sealer(), scrub_of(state, settings()), actor())
    except Overtaken:
        return _key_page(problem=OVERTAKEN, status=409)
    except RepairFailed as error:
        return _key_page(problem=(error.title, error.sentence), status=error.status)
    found = tell_how_it_is()
    return _key_page(done=done) if any(each.verdict == "fail" for each in found) or done.paths \
        else go_to_path(leads_to(found))


def _address_page(form: AddressForm | None = None, problem: tuple[str, str] | None = None, status: int = 200) -> Any:
    state = state_now()
    found, better = look_at_address(state, settings()) if state.url else (None, None)
    form = form or AddressForm(formdata=None)
    form.version.data, form.address.data = state.version, better
    return render_template("doctor/mend_address.html", state=state, found=found, better=better, form=form,
                           problem=problem), status


def _key_page(form: KeyForm | None = None, repair_form: RepairForm | None = None,
              problem: tuple[str, str] | None = None, done: Repaired | None = None, status: int = 200) -> Any:
    repair_form = repair_form or RepairForm(formdata=None)
    values = _keys(form)
    repair_form.version.data = values["state"].version
    wants_repair = not values["keys"].is_well and not values["keys"].working and can_repair(values["state"])
    return render_template("doctor/mend_key.html", repair_form=repair_form, problem=problem, done=done,
                           wants_repair=wants_repair, **values), status


def _keys(form: KeyForm | None = None) -> dict[str, Any]:
    """What the fragment of the keys is drawn from."""
    state, form = state_now(), form or KeyForm(formdata=None)
    keys = look_at_keys(state, settings())
    form.version.data = state.version
    form.choice.choices = [(each.id, each.source) for each in keys.working]
    if form.choice.data is None and keys.working:
        form.choice.data = keys.working[0].id
    return {"state": state, "keys": keys, "form": form}
