"""Answers of the gateway in the shape that OpenAI's clients read."""

from __future__ import annotations

from flask import Response, g, jsonify
from sqlalchemy.exc import SQLAlchemyError

from ...extensions import db
from ...formatters import plain_credits
from ...models.organization import OrganizationCredits
from ...openai_error import error_body
from ...services.credits.ledger_rules import Pool
from ...services.door import Refused

GETS_BETTER = (408, 409, 429, 500, 502, 503, 504)


def refusal(refused: Refused) -> Response:
    """A refused call. What cannot get better by itself says so to clients that try again by themselves."""
    response = jsonify(error_body(refused.code, refused.sentence, refused.kind, refused.param, **refused.more))
    response.status_code = refused.status
    for name, value in refused.headers.items():
        response.headers[name] = value
    if refused.status not in GETS_BETTER and "x-should-retry" not in response.headers:
        response.headers["x-should-retry"] = "false"
    return paced(response)


def paced(response: Response) -> Response:
    """With the limits of a key that has a pace, on every answer."""
    for name, value in g.get("pace_headers", {}).items():
        response.headers.setdefault(name, value)
    return response


def say_credits(response: Response, charged: int, pool: Pool | None, byok: bool) -> Response:
    """What the call cost and what is left, in credits. Without a pool at hand it is looked up."""
    response.headers["X-Credits-Charged"] = plain_credits(charged)
    response.headers["X-Credential"] = "byok" if byok else "shared"
    pool = pool or _standing()
    if pool is not None:
        response.headers["X-Credits-Remaining"] = plain_credits(pool.available)
        response.headers["X-Credits-Level"] = pool.level
    return paced(response)


def _standing() -> Pool | None:
    """The pool of who calls, when the door knows that and the database is there."""
    who = g.get("service_caller")
    if who is None:
        return None
    try:
        row = db.session.get(OrganizationCredits, who.org_id)
        return Pool(row.credit_balance, row.held, row.level) if row is not None else None
    except SQLAlchemyError:
        return None
    finally:
        db.session.remove()
