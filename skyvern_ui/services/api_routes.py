"""For services: what they have and what they used. Works with an empty pool and a used up budget; costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import wraps
from itertools import islice
from typing import Any

from flask import Blueprint, Response, jsonify, request, stream_with_context

from ..csv_cells import safe_cell
from ..exports import csv_pieces
from ..extensions import csrf, db
from ..guard import anonymous, public
from ..llm.gateway.envelope import paced, refusal
from .credits.budget_rules import budgets_of
from .door import Refused, caller
from .refusals.noting import note
from .usage.group_rules import GROUPS, summed
from .usage.rules import Slice, balance_of, calls, find_call, last_days, place_of

bp = Blueprint("services_api", __name__, url_prefix="/api/v1")
csrf.exempt(bp)
COLUMNS = ("id", "created_at", "finished_at", "key_id", "endpoint", "model", "state", "outcome", "credits", "held",
           "overrun", "byok", "tokens_in", "tokens_out", "images", "seconds", "sdk_retry", "run_id")
YEARS = (2000, 2999)
MOST, STATES = 1000, ("held", "settled", "released", "expired", "refused")


def answering(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Says a refusal in the shape that programs read, and counts it."""

    @wraps(handler)
    def answered(**given: str) -> Any:
        try:
            return paced(handler(**given))
        except Refused as refused:
            note(refused)
            return refusal(refused)
        finally:
            db.session.remove()

    return answered


@bp.get("/credits")
@public  # programs have no session: they send a service key
@answering
def show_credits() -> Any:
    who = caller("")
    told = balance_of(who.org_id, who.key_id)
    told["budgets"] = budgets_of(who.org_id)
    if told["key"] is not None:
        told["key"]["budgets"] = budgets_of(who.key_id, who.rights.limits)
    return jsonify(told)


@bp.get("/credits/charges/<charge_id>")
@public  # programs have no session: they send a service key
@answering
def show_charge(charge_id: str) -> Any:
    found = find_call(caller("").org_id, charge_id)
    if found is None:
        raise Refused(404, "not_found", "This service has made no call of this id.")
    return jsonify(found)


@bp.get("/usage")
@public  # programs have no session: they send a service key
@answering
def show_usage() -> Any:
    part = _slice(caller("").org_id)
    by, shape = request.args.get("group_by", ""), request.args.get("format", "json")
    if by and by not in GROUPS:
        raise _wrong("group_by", f"one of {', '.join(GROUPS)}")
    if shape not in ("json", "csv"):
        raise _wrong("format", "json or csv")
    if shape == "csv":
        rows = _group_rows(part, by) if by else _call_rows(part)
        return Response(stream_with_context(_csv(rows)), mimetype="text/csv", headers={
            "Content-Disposition": 'attachment; filename="usage.csv"'}, direct_passthrough=True)
    if by:
        return jsonify({"group_by": by, "groups": _groups(part, by)})
    most, after = _most(), request.args.get("after")
    place = place_of(str(part.org_id), after) if after else None
    if after and place is None:
        raise _wrong("after", "the id of one of your calls")
    found = list(islice(calls(part, place), most + 1))
    return jsonify({"calls": found[:most], "next": found[most - 1]["id"] if len(found) > most else None})


@bp.get("/tier-check/health")
@anonymous  # a load balancer has no key; the answer names no detail
def show_tier_health() -> Any:
    return jsonify(status="ok")


def _slice(org_id: str) -> Slice:
    since, until = last_days(30)
    state = request.args.get("state", "")
    if state and state not in STATES:
        raise _wrong("state", f"one of {', '.join(STATES)}")
    return Slice(org_id, _moment("from") or since, _moment("to") or until, request.args.get("key", ""),
                 request.args.get("model", ""), request.args.get("endpoint", ""), state)


def _moment(name: str) -> datetime | None:
    text = request.args.get(name, "")
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
        if not YEARS[0] <= moment.year <= YEARS[1]:
            raise ValueError(text)
        return moment + timedelta(days=1) if name == "to" and len(text) == 10 else moment
    except (ValueError, OverflowError) as error:
        raise _wrong(name, "a day or a time like 2026-11-21T10:00:00Z") from error


def _most() -> int:
    text = request.args.get("limit", str(MOST))
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= MOST):
        raise _wrong("limit", f"a number from 1 to {MOST}")
    return int(text)


def _wrong(name: str, wanted: str) -> Refused:
    return Refused(400, "invalid_value", f"{name} must be {wanted}.", param=name)


def _groups(part: Slice, by: str) -> list[dict[str, Any]]:
    return [{"group": each.group, "calls": each.calls, "charged": each.charged, "refused": each.refused,
             "credits": each.spent / 1000, "tokens_in": each.tokens_in, "tokens_out": each.tokens_out}
            for each in summed(part, by)]


def _group_rows(part: Slice, by: str) -> Iterator[list[Any]]:
    yield [by, "calls", "charged", "refused", "credits", "tokens_in", "tokens_out"]
    for each in _groups(part, by):
        yield list(each.values())


def _call_rows(part: Slice) -> Iterator[list[Any]]:
    yield list(COLUMNS)
    for row in calls(part):
        yield [row[name] for name in COLUMNS]


def _csv(rows: Iterator[list[Any]]) -> Iterator[bytes]:
    cells = (["" if cell is None else safe_cell(str(cell)) for cell in row] for row in rows)
    return (piece.encode() for piece in csv_pieces(cells))
