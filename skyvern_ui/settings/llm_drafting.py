"""A change on its way: from the form to what is shown, and back to the form when it is not taken."""

from __future__ import annotations

from typing import Any

from flask import current_app

from ..doctor.finding import Finding
from ..llm.base import same_origin
from ..llm.known_rules import own_upstream
from ..llm.probe import probe_free
from ..llm.registered import asked_base, asked_model
from ..llm.upstream import Upstream
from ..recorded import outcome_of
from ..request import actor, settings, signed_in
from ..skyvern.errors import SkyvernError
from ..skyvern.values.llm import CustomLlm
from . import llm_keys, llm_rules
from .llm_forms import LlmDraftForm, LlmForm
from .llm_pages import review_page, testable


def draft_sent() -> llm_rules.Draft | None:
    """The change that this person looked at and now wants; None when it is too old or not theirs."""
    sealed = LlmDraftForm().draft.data or ""
    return llm_rules.open_draft(current_app.extensions["sealer"], sealed, signed_in().id)


def form_of(draft: llm_rules.Draft) -> LlmForm:
    """The form of a change that was looked at; a key that was entered stays, sealed."""
    base, sealer = draft.config["api_base"] or "", current_app.extensions["sealer"]
    kept = llm_rules.seal_entered(sealer, draft.key, base, signed_in().id) if draft.key else ""
    return LlmForm.with_config(draft.config, llm_id=draft.llm_id, seen=draft.seen, kept=kept)


def key_of(form: LlmForm) -> str | None:
    """The key that is meant: entered now, entered before for the same address, or our own server's for its address."""
    base = form.api_base.data or ""
    if form.clean_key:
        return form.clean_key
    if form.own.data == "1" and (own := own_upstream(settings())) and same_origin(own.base, base):
        return own.key or llm_rules.NO_KEY
    if form.kept.data:
        sealer = current_app.extensions["sealer"]
        return llm_rules.open_entered(sealer, form.kept.data, base, signed_in().id) or None
    return None


def asked(draft: llm_rules.Draft, old: CustomLlm | None) -> list[Finding] | None:
    """What the model says to the free questions, asked as it would be registered; None when its key is not known."""
    key, config = draft.key, draft.config
    if key is None and old is not None and old.has_key:
        kept = testable(old)
        if kept is None:
            return None
        key = kept.key
    base = asked_base(config["provider"], config["api_base"])
    model = asked_model(config["provider"], config["model_name"])
    return probe_free(Upstream("draft", config["display_name"], base, key or "", model, "this form"))


def refused_page(draft: llm_rules.Draft, old: CustomLlm | None, error: SkyvernError) -> Any:
    """Skyvern did not take it, or nobody knows: the review again, with its sentence and nothing lost."""
    sealer, form = current_app.extensions["sealer"], form_of(draft)
    sentence = error.sentence
    for noise in ("Value error, ", "config: ", "config."):
        sentence = sentence.replace(noise, "")
    if outcome_of(error) == "unknown":
        sentence += " Whether it arrived is not known: look at the list before you send it again."
    return review_page(form, old, draft.config, llm_rules.seal_draft(sealer, draft, signed_in().id), None, sentence,
                       error.status)


def keep_key(error: Exception, draft: llm_rules.Draft) -> None:
    """What Skyvern took, though it shows something else, is taken: its key must not be lost."""
    if isinstance(error, llm_rules.Unverified) and error.llm is not None:
        llm_keys.keep(current_app.extensions["sealer"], error.llm, draft.key, actor())
