from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from flask import Response, abort, current_app, render_template, request, stream_with_context
from werkzeug.datastructures import MultiDict

from ...audit import record
from ...database import writing
from ...diagnosis.table import BY_CODE as DIAGNOSES
from ...extensions import db
from ...guard import admin_only
from ...htmx import go_to_path
from ...models.reader import SignedIn
from ...request import actor, is_htmx, signed_in
from ..blueprint import bp
from ..credits.endpoints import BY_PATH
from ..refusals.reason_words import end_of, reason_of
from . import export, page_rules
from .forms import ROUTE_CHOICES, STATES, USUAL_DAYS, UsageFilterForm
from .rules import calls

HERE = "/settings/services/usage"
NAMES = ("service", "key", "endpoint", "model", "state", "outcome", "retried", "since", "until")
KINDS = {"csv": ("text/csv", export.as_csv), "json": ("application/json", export.as_json)}
WORDS = {"labels": BY_PATH, "end_of": end_of, "reason_of": reason_of, "diagnoses": DIAGNOSES}
Pairs = list[tuple[str, str]]


@bp.get("/usage")
@admin_only
def list_usage() -> Any:
    kept = _kept()
    if "after" not in request.args and len(kept) != len(list(request.args.items(multi=True))) and not is_htmx():
        return go_to_path(_address(kept))
    form = UsageFilterForm(MultiDict(kept))
    valid = form.validate()
    after = page_rules.place_of(request.args.get("after", ""))
    found = page_rules.page(form.slice, after) if valid else page_rules.Page([], None, False)
    sums = page_rules.totals(form.slice) if valid else None
    services = page_rules.services()
    keys = page_rules.keys_of(form.service.data) if form.service.data else []
    answer = Response(render_template(
        "services/usage.html", form=form, calls=found.calls, most=page_rules.LOOKED_AT,
        looked_at=page_rules.LOOKED_AT if found.is_cut else 0, totals=sums, services=services, keys=keys,
        routes=ROUTE_CHOICES, chips=_chips(kept, dict(services), dict(keys)), query=urlencode(kept), clear=HERE,
        paged=after is not None, newest=_address(kept),
        older=_address([*kept, ("after", found.following)]) if found.following else None,
        usual_days=USUAL_DAYS, has_range=bool(form.since.data or form.until.data),
        retried_href=_address([*((n, v) for n, v in kept if n != "retried"), ("retried", "1")]), **WORDS,
    ), 200 if valid else 422)
    db.session.remove()
    if is_htmx():
        answer.headers["HX-Push-Url"] = _address(kept)
    return answer


@bp.get("/usage/<charge_id>")
@admin_only
def show_call(charge_id: str) -> Any:
    call = page_rules.find_call(charge_id) or abort(404, "There is no such call.")
    return render_template("services/usage_call.html", call=call, **WORDS)


@bp.get("/usage/export.<kind>")
@admin_only
def export_usage(kind: str) -> Any:
    if kind not in KINDS:
        abort(404, "Usage is exported as CSV or JSON.")
    kept = _kept()
    form = UsageFilterForm(MultiDict(kept))
    if not form.validate():
        abort(422, "A filter of this export makes no sense.")
    with writing():
        record(actor(), "usage.export", "charge", None, format=kind, filters=urlencode(kept)[:500] or None)
    db.session.remove()
    mimetype, write = KINDS[kind]
    lines = write(_while_signed_in(signed_in(), calls(form.slice)))
    response = Response(stream_with_context(lines), mimetype=mimetype)
    name = f"usage-{datetime.now(UTC):%Y-%m-%d}.{kind}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _while_signed_in(person: SignedIn, rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any] | str]:
    ended: list[int] = []
    with current_app.extensions["streams"].holding(person, ended.append):
        for row in rows:
            if ended:
                yield export.ENDED
                return
            yield row


def _kept() -> Pairs:
    """What of the address filters, each once, in one order. A key without its service says nothing."""
    found = [(name, request.args.get(name, "").strip()) for name in NAMES]
    return [(name, value) for name, value in found if value and not (name == "key" and not request.args.get("service"))]


def _address(pairs: Pairs) -> str:
    return f"{HERE}?{urlencode(pairs)}" if pairs else HERE


def _chips(kept: Pairs, services: dict[str, str], keys: dict[str, str]) -> list[tuple[str, str]]:
    """What is filtered, in words, each with the address that takes it away; a service takes its key along."""
    def word(name: str, value: str) -> str:
        return {"service": services.get(value, "A service that is gone"),
                "key": f"Key {keys.get(value, 'that is gone')}",
                "endpoint": BY_PATH[value].label if value in BY_PATH else value,
                "state": STATES.get(value, value), "outcome": end_of(value), "retried": "Only repeats of an SDK",
                "since": f"From {value}", "until": f"To {value}"}.get(name, value)

    def without(name: str) -> str:
        return _address([pair for pair in kept if pair[0] != name and (name, pair[0]) != ("service", "key")])

    return [(word(name, value), without(name)) for name, value in kept]
