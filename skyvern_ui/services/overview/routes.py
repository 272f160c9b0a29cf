from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from flask import render_template, request

from ...extensions import db
from ...guard import admin_only
from ..blueprint import bp
from ..prices.rules import is_anything_open
from ..refusals.reason_rules import SHOWN, Cause, causes
from ..runs.question_rules import open_questions
from . import rules as rules

LABELS = {"service": "By service", "route": "By route", "model": "By model"}
REFUSED_DAYS = 7


@bp.get("")
@admin_only
def list_services() -> Any:
    days, by = _days(), _dimension()
    seen = rules.overview(days)
    first = seen.today - timedelta(days=REFUSED_DAYS - 1)
    why = causes(first, seen.today)
    is_open = is_anything_open()
    db.session.remove()
    return render_template(
        "services/list.html", services=seen.services, figures=_figures(seen, why), days=days, by=by,
        day_choices=rules.DAYS, dimensions=LABELS, href=_href, chart=rules.spending(seen, by),
        routes=rules.ranks(seen, "route"), models=rules.ranks(seen, "model"), causes=why[:SHOWN],
        name_of=rules.names_of(seen, "service"), first=seen.today - timedelta(days=days - 1), today=seen.today,
        refused_from=first, is_open=is_open, questions=open_questions(),
        once={each.org_id: secrets.token_hex(16) for each in seen.services if each.needs_credits})


def _figures(seen: rules.Overview, why: list[Cause]) -> dict[str, Any]:
    services, active = seen.services, [each for each in seen.services if each.status == "active"]
    dry = [each for each in active if each.forecast.kind == "dry"]
    yesterday = (seen.today - timedelta(days=1)).isoformat()
    refused = [cause for cause in why if cause.status is not None]
    return {
        "left": sum(each.left for each in services), "held": sum(each.held for each in services),
        "today": sum(each.today for each in services), "month": sum(each.month for each in services),
        "yesterday": sum(row.spent for row in seen.used if row.day == yesterday),
        "calls": sum(row.calls for row in seen.used if row.day == seen.today.isoformat()),
        "first_dry": min(dry, key=lambda each: each.forecast.at) if dry else None,  # type: ignore[arg-type, return-value]
        "empty": [each for each in active if each.level == "empty"],
        "refused": sum(cause.count for cause in refused), "top": refused[0] if refused else None,
    }


def _days() -> int:
    text = request.args.get("days", "")
    return int(text) if text in map(str, rules.DAYS) else rules.USUAL_DAYS


def _dimension() -> str:
    by = request.args.get("by", "")
    return by if by in rules.DIMENSIONS else "service"


def _href(days: int, by: str) -> str:
    """Only what is not usual stands in the address."""
    said = [("days", str(days))] if days != rules.USUAL_DAYS else []
    said += [("by", by)] if by != "service" else []
    return "/settings/services" + ("?" + urlencode(said) if said else "") + "#spending"
