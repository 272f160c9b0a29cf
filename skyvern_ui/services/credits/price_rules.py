"""What a call costs: the newest price of its route and model; a route without one is closed.

A price is in thousandths of a credit for each unit: `call`, `1k_tokens`, `image`, `run`, `step`. What is held
beforehand is a part of the price, because how many tokens or steps come is known only afterwards.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from sqlalchemy import select

from ...audit import Actor, record
from ...database import writing
from ...extensions import db
from ...models.charge import Price
from ...models.columns import now

UNITS = ("call", "1k_tokens", "image", "run", "step")
ANY = "*"
MOST, MOST_COST = 10**15, 10**18  # thousandths: a price, and what anything costs; the column holds nine times that
CLOSED, INHERITED = "closed", "inherited"  # units of rows that end a price: nothing more, or that of any model again


@dataclass(frozen=True, slots=True)
class Tariff:
    """The price that holds for one call."""

    price_id: str
    unit: str
    amount: int
    hold: int

    def cost(self, units: int) -> int:
        """Thousandths for so many units (of `1k_tokens`: for so many tokens), rounded up: a part is never free."""
        cost = self.amount * max(0, units)
        return min(-(-cost // 1000) if self.unit == "1k_tokens" else cost, MOST_COST)


def set_price(endpoint: str, model: str, unit: str, amount: int, hold: int, actor: Actor) -> str:
    """From now on. The price before stays in the history. Raises ValueError with a sentence."""
    if unit not in UNITS:
        raise ValueError(f"A price is by one of: {', '.join(UNITS)}.")
    if amount < 0 or hold < 0:
        raise ValueError("A price is not negative.")
    if max(amount, hold) > MOST:
        raise ValueError("This is more than can be kept: at most a trillion credits.")
    if hold < (amount if unit in ("call", "run", "image") else min(amount, 1)):
        raise ValueError("What is held must cover the price: what was not held cannot be taken.")
    with writing() as session:
        row = Price(endpoint=endpoint, model=model or ANY, unit=unit, amount=amount, hold=hold,
                    created_by_name=actor.name)
        session.add(row)
        session.flush()
        record(actor, "price.set", "price", row.id, endpoint=endpoint, model=model or ANY, unit=unit, amount=amount,
               hold=hold)
        return row.id


def close_price(endpoint: str, model: str, actor: Actor) -> str:
    """From now on the route is closed to services; with a model, only that model is. The price stays in the history."""
    return _end_price(endpoint, model or ANY, CLOSED, actor)


def unset_price(endpoint: str, model: str, actor: Actor) -> str:
    """From now on this model has no price of its own: that of any model holds for it again."""
    return _end_price(endpoint, model, INHERITED, actor)


def _end_price(endpoint: str, model: str, unit: str, actor: Actor) -> str:
    with writing() as session:
        row = Price(endpoint=endpoint, model=model, unit=unit, amount=0, hold=0, created_by_name=actor.name)
        session.add(row)
        session.flush()
        record(actor, "price.close" if unit == CLOSED else "price.unset", "price", row.id, endpoint=endpoint,
               model=model)
        return row.id


def tariff_of(endpoint: str, model: str | None = None) -> Tariff | None:
    """The newest price of this model, else of any model; None when the route has no price and is closed."""
    query = select(Price).where(Price.endpoint == endpoint, Price.valid_from <= now())
    for wanted in (*(_as_listed(endpoint, model) if model else ()), ANY):
        row = db.session.scalar(query.where(Price.model == wanted).order_by(Price.valid_from.desc(), Price.id).limit(1))
        if row is not None and row.unit != INHERITED:
            return None if row.unit == CLOSED else Tariff(row.id, row.unit, row.amount, row.hold)
    return None


def _as_listed(endpoint: str, model: str) -> list[str]:
    """The model as the price list writes it. Other capitals, blanks or forms of its letters find the same price: where
    the model's server does not mind them, they must not find the cheaper one of any model, nor open a closed one."""
    names = db.session.scalars(select(Price.model).where(Price.endpoint == endpoint, Price.model != ANY).distinct())
    return sorted((name for name in names if _folded(name) == _folded(model)), key=lambda name: name != model)


def _folded(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
