from __future__ import annotations

from dataclasses import replace
from typing import Any

import structlog
from flask import Flask, abort, current_app, flash, request
from sqlalchemy.exc import SQLAlchemyError

from ..access import skyvern
from ..audit import record
from ..database import writing
from ..doctor.checks.model import known_to
from ..doctor.checks.model_use import names_in_use
from ..doctor.finding import ORDER
from ..doctor.history.rules import end_of_models, remember
from ..doctor.patient import read_patient
from ..guard import admin_only
from ..htmx import go_to
from ..llm.known_rules import own_upstream
from ..llm.probe import probe, weighed
from ..llm.upstream import Upstream
from ..request import actor, settings, signed_in
from ..skyvern.errors import Missing, SkyvernError
from ..skyvern.values.llm import MASK, PROVIDERS
from . import llm_keys, llm_rules
from .llm_drafting import asked, draft_sent, form_of, keep_key, key_of, refused_page
from .llm_forms import DefaultsForm, LlmForm, LlmTestForm
from .llm_pages import defaults_in, find_llm, form_page, list_page, review_page, testable
from .routes import bp

log = structlog.get_logger("llms")
GONE = "There is no such model. It may have been deleted meanwhile."
STALE = "What you reviewed is too old. Look at it once more."
NO_COPY = ("Its key is not kept here, so it cannot be asked. Enter the key below and save it; Skyvern never gives one "
           "back.")
OWN_NAME = "Our own model"


@bp.get("/settings/llms")
@admin_only
def list_llms() -> Any:
    return list_page()


@bp.get("/settings/llms/new")
@admin_only
def new_llm() -> Any:
    own = own_upstream(settings()) if request.args.get("own") else None
    provider = request.args.get("provider", "")
    data = {"display_name": OWN_NAME, "api_base": own.base, "model_name": own.model, "own": "1"} if own else \
        {"provider": provider if provider in PROVIDERS else "openai_compatible"}
    return form_page(LlmForm(formdata=None, data=data))


@bp.get("/settings/llms/<llm_id>")
@admin_only
def show_llm(llm_id: str) -> Any:
    llm = find_llm(skyvern(), llm_id) or abort(404, GONE)
    return form_page(LlmForm.of(llm), llm)


@bp.post("/settings/llms/review")
@admin_only
def review_llm() -> Any:
    """What would be sent, and what the model says to the free questions. Changes nothing."""
    form, sealer, person = LlmForm(), current_app.extensions["sealer"], signed_in()
    old = (find_llm(skyvern(), form.llm_id.data) or abort(404, GONE)) if form.llm_id.data else None
    is_valid = form.validate_on_submit()
    key = key_of(form)
    if is_valid and key is None and (llm_rules.needs_key(form.provider.data) if old is None else
                                     not llm_rules.may_keep_key(old, form.provider.data, form.api_base.data)):
        form.api_key.errors = [*form.api_key.errors, "Enter the key: a stored one is never sent to another address."
                               if old and old.has_key else "Enter the key."]
        is_valid = False
    form.kept.data = llm_rules.seal_entered(sealer, key, form.api_base.data or "", person.id) \
        if key and form.own.data != "1" else ""
    if not is_valid:
        return form_page(form, old, status=422)
    config = form.config(key or (MASK if old and old.has_key else None))
    draft = llm_rules.Draft(form.llm_id.data or "", form.seen.data or "", config)
    if old is not None and old.version != draft.seen:
        return form_page(LlmForm.of(old), old, "It was changed meanwhile. This is how it is now.", 409)
    return review_page(form, old, config, llm_rules.seal_draft(sealer, draft, person.id), asked(draft, old))


@bp.post("/settings/llms/form")
@admin_only
def edit_llm_draft() -> Any:
    """From the review back to the form, with nothing lost. Changes nothing."""
    draft = draft_sent()
    if draft is None:
        return list_page(STALE, 409)
    old = (find_llm(skyvern(), draft.llm_id) or abort(404, GONE)) if draft.llm_id else None
    return form_page(form_of(draft), old)


@bp.post("/settings/llms")
@admin_only
def create_llm() -> Any:
    draft = draft_sent()
    if draft is None or draft.llm_id:
        return list_page(STALE, 409)
    try:
        llm = llm_rules.create(skyvern(), draft, actor())
    except (llm_rules.Changed, llm_rules.Unverified) as error:
        keep_key(error, draft)
        return list_page(str(error), 409)
    except SkyvernError as error:
        return refused_page(draft, None, error)
    llm_keys.keep(current_app.extensions["sealer"], llm, draft.key or "", actor())
    flash(f"“{llm.display_name}” is registered, and Skyvern shows it as it was sent. Test it, or make it the default.",
          "ok")
    return go_to("settings.show_llm", llm_id=llm.id)


@bp.post("/settings/llms/<llm_id>")
@admin_only
def update_llm(llm_id: str) -> Any:
    draft = draft_sent()
    if draft is None or draft.llm_id != llm_id:
        return list_page(STALE, 409)
    old = find_llm(skyvern(), llm_id) or abort(404, GONE)
    try:
        llm = llm_rules.update(skyvern(), draft, actor())
    except (llm_rules.Changed, llm_rules.Unverified) as error:
        keep_key(error, draft)
        return form_page(LlmForm.of(find_llm(skyvern(), llm_id) or old), old, str(error), 409)
    except SkyvernError as error:
        return refused_page(draft, old, error)
    llm_keys.keep(current_app.extensions["sealer"], llm, draft.key, actor())
    flash(f"“{llm.display_name}” is changed, and Skyvern shows it as it was sent.", "ok")
    return go_to("settings.show_llm", llm_id=llm_id)


@bp.post("/settings/llms/<llm_id>/removal")
@admin_only
def delete_llm(llm_id: str) -> Any:
    llm = find_llm(skyvern(), llm_id) or abort(404, GONE)
    try:
        llm_rules.delete(skyvern(), llm, actor())
    except (llm_rules.Changed, llm_rules.Unverified) as error:
        return form_page(LlmForm.of(llm), llm, str(error), 409)
    llm_keys.forget(llm_id)
    _let_unused_rest(f"custom-{llm_id}")
    flash(f"“{llm.display_name}” is deleted.", "ok")
    return go_to("settings.list_llms")


@bp.post("/settings/llms/<llm_id>/test")
@admin_only
def create_llm_test(llm_id: str) -> Any:
    """Lets the model answer: one token, or everything when that was asked for."""
    llm = find_llm(skyvern(), llm_id) or abort(404, GONE)
    form, upstream = LlmTestForm(), testable(llm)
    if upstream is None:
        return form_page(LlmForm.of(llm), llm, NO_COPY, 409)
    thorough = form.thorough.data == "1"
    found = probe(upstream, thorough=thorough)
    worst = min(found, key=lambda each: ORDER[each.verdict])
    with writing():
        record(actor(), "custom_llm.test", "custom_llm", llm_id, verdict=worst.verdict, found=worst.title,
               thorough=thorough)
    try:
        remember(weighed(replace(upstream, is_used=_is_used(upstream)), found))
    except SQLAlchemyError:
        log.warning("a test could not be written into the history")
    return form_page(LlmForm.of(llm), llm, findings=found)


@bp.post("/settings/llms/defaults")
@admin_only
def update_default_llms() -> Any:
    form, upstream = DefaultsForm(), skyvern()
    try:
        llms = upstream.list_custom_llms()
    except Missing:
        return list_page()
    seen = defaults_in(form.seen.data or "")
    form.offer(llms, set())
    if not form.validate_on_submit():
        return list_page("One of these models is not registered any more. Choose again.", 422)
    wanted = defaults_in(f"{form.smart.data} {form.fast.data}")
    if wanted == seen:
        return go_to("settings.list_llms")
    try:
        llm_rules.set_defaults(upstream, seen, wanted, actor())
    except (llm_rules.Changed, llm_rules.Unverified) as error:
        return list_page(str(error), 409)
    names = {each.llm_key: f"“{each.display_name}”" for each in llms}
    smart, fast = (names.get(key or "", "Skyvern's own model") for key in (wanted.smart, wanted.fast))
    _let_unused_rest()
    flash(f"New runs use {smart}, and {fast} for small questions." if smart != fast else f"New runs use {smart}.", "ok")
    return go_to("settings.list_llms")


def _let_unused_rest(*gone: str) -> None:
    """What nobody's runs use any more is nobody's trouble: the banner must not go on speaking of it."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    unused = [each.name for each in known_to(read_patient(app)) if not each.is_used]
    try:
        end_of_models([*unused, *gone])
    except SQLAlchemyError:
        log.warning("the history of unused models could not be ended")


def _is_used(upstream: Upstream) -> bool:
    """Whether everybody's runs use it, so that its trouble is everybody's."""
    try:
        server = skyvern()
        found = names_in_use([upstream], server.list_custom_llms(), server.get_default_llms(), server.get_llm_status())
    except SkyvernError:
        return False
    return upstream.name in found
