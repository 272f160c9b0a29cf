"""What the pages of one service show."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, render_template, request
from wtforms import Form

from ..extensions import db
from ..llm.byok.rules import ProviderFace, provider_key_face
from ..models.organization import Organization, OrganizationCredits
from ..request import settings
from .credits.budget_rules import Limits, uses_of
from .credits.endpoints import BY_PATH
from .credits.forms import GrantForm, LevelsForm, LimitsForm, RefillForm, limits_data, typed
from .credits.movement_rules import movements
from .examples import VARIABLE, examples
from .forms import NameForm
from .keys.listing_rules import Face, find_key, list_keys
from .keys.scopes import GROUPS, SCOPES
from .provider.forms import ProviderForm
from .rules import Unusable
from .runs.question_rules import open_questions
from .seen import seen_of

FIRST_MOVEMENTS = 12
SCOPE_GROUPS = [(title, whole, GROUPS[whole], [each for each in SCOPES if each.name.startswith(whole[:-1])])
                for title, whole in (("Models", "llm:*"), ("Skyvern", "skyvern:*"))]
LABELS = {**{each.name: each.label for each in SCOPES}, "llm:*": "All models", "skyvern:*": "All of Skyvern"}


def show_page(org: Organization, status: int = 200, **sent: Form) -> Any:
    """The page of a service. `sent` are forms by name that have to be shown again, with what was typed."""
    questions = [each for each in open_questions() if each.org_id == org.id]
    pool, own = pool_of(org), provider_key_face(org.id)
    forms: dict[str, Any] = {**forms_of(org, pool, own), **sent}
    rows, following = movements(org.id, most=FIRST_MOVEMENTS)
    return render_template(
        "services/show.html", org=org, pool=pool, keys=list_keys(org.id), limits=Limits.of(org.limits),
        used=uses_of(org.id), rows=rows, following=following, labels=LABELS, own=own,
        questions=questions, names={path: each.label for path, each in BY_PATH.items()},
        form=next(iter(sent.values()), None),
        **{f"{name}_form": form for name, form in forms.items()}), status


def forms_of(org: Organization, pool: OrganizationCredits, own: ProviderFace | None) -> dict[str, Any]:
    """The forms of a service's page as it is, each with the state that it was filled in from."""
    return {
        "grant": GrantForm(formdata=None),
        "refill": RefillForm(formdata=None, data={
            "mode": pool.refill_mode, "amount": typed(pool.refill_amount) if pool.refill_amount else "",
            "period": pool.refill_period, "seen": refill_seen(pool)}),
        "levels": LevelsForm(formdata=None, data={
            "warn_at": typed(pool.warn_at), "critical_at": typed(pool.critical_at), "seen": levels_seen(pool)}),
        "limits": LimitsForm(formdata=None, data={**limits_data(Limits.of(org.limits)), "seen": limits_seen(org)}),
        "name": NameForm(formdata=None, data={"name": org.name, "seen": seen_of(org.name)}),
        "provider": ProviderForm(formdata=None, data={"base_url": own.base_url if own else ""}),
    }


def refill_seen(pool: OrganizationCredits) -> str:
    return seen_of(pool.refill_mode, pool.refill_amount, pool.refill_period)


def levels_seen(pool: OrganizationCredits) -> str:
    return seen_of(pool.warn_at, pool.critical_at)


def limits_seen(org: Organization) -> str:
    return seen_of(Limits.of(org.limits).to_json())


def pool_of(org: Organization) -> OrganizationCredits:
    """Its credits; a service always has a pool."""
    pool = db.session.get(OrganizationCredits, org.id, populate_existing=True)
    assert pool is not None, "a service has a pool"
    return pool


def shown_page(org_id: str, key_id: str, secret: str | None, done: str) -> Response:
    """The answer that holds a new secret, this once: it is kept nowhere, not even by the browser. `secret` is None for
    a key that was taken as it is."""
    org, key = db.session.get(Organization, org_id), find_key(org_id, key_id)
    assert org is not None and key is not None
    base = (settings().public_url or request.host_url).rstrip("/")
    model = next(iter(key.rights.models), None) or settings().llm_upstream_model or "your-model"
    page = render_template("services/key_shown.html", org=org, key=key, secret=secret, done=done, variable=VARIABLE,
                           examples=examples(base, key.rights.scopes, model))
    response = make_response(page, 201)
    response.headers["Cache-Control"] = "no-store"
    return response


def key_page(org: Organization, key: Face, form: Form, rotation: Form, status: int = 200, problem: str = "") -> Any:
    """The page of one key."""
    return render_template("services/key.html", org=org, key=key, form=form, rotation=rotation, problem=problem,
                           groups=SCOPE_GROUPS), status


def put(form: Any, error: Unusable) -> None:
    """Writes what a rule refused to the field it is about, or to the form."""
    field = form._fields.get(error.field)
    if field is None:
        form.form_errors = [*form.form_errors, str(error)]
    else:
        field.errors = [*field.errors, str(error)]
