"""The price list as people read it: what holds now, since when, by whom; what held before; and what that means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from ...audit import Actor
from ...database import writing
from ...extensions import db
from ...formatters import credits
from ...models.charge import Price
from ...models.columns import now
from ..credits.endpoints import BY_PATH, ENDPOINTS, Endpoint
from ..credits.price_rules import ANY, CLOSED, INHERITED, UNITS, Tariff, set_price

HISTORY = 200
UNIT_WORDS = {"call": "a call", "1k_tokens": "for 1,000 tokens", "image": "an image", "run": "a run", "step": "a step"}


@dataclass(frozen=True, slots=True)
class Listed:
    """One route of the list. `price` is that of any model, None when there never was one; `models` are the prices, or
    closings, of single models."""

    endpoint: Endpoint
    price: Price | None
    models: Sequence[Price]

    @property
    def is_open(self) -> bool:
        return is_open(self.price) or any(is_open(each) for each in self.models)

    @property
    def slug(self) -> str:
        return slug_of(self.endpoint.path)


def is_open(price: Price | None) -> bool:
    """Whether a call is let through at this price."""
    return price is not None and price.unit not in (CLOSED, INHERITED)


def price_list() -> list[Listed]:
    """Every route that can have a price, in the order of the list, and any other that was given one by hand."""
    latest: dict[str, dict[str, Price]] = defaultdict(dict)
    for price in _latest():
        latest[price.endpoint][price.model] = price
    unknown = [Endpoint(path, path, "", UNITS, (0, 0), True) for path in sorted(set(latest) - set(BY_PATH))]
    return [Listed(each, latest[each.path].get(ANY), [price for model, price in sorted(latest[each.path].items())
                                                      if model != ANY and price.unit != INHERITED])
            for each in (*ENDPOINTS, *unknown)]


def find_listed(slug: str) -> Listed | None:
    """The route whose name in an address this is."""
    return next((each for each in price_list() if each.slug == slug), None)


def slug_of(path: str) -> str:
    """How a route is called in our own addresses: `v1-run-tasks`."""
    return path.strip("/").replace("/", "-").replace("*", "any").replace("_", "-") or "root"


def history(endpoint: str) -> Sequence[Price]:
    """What a route and its models cost, the newest first, at most HISTORY."""
    return db.session.scalars(select(Price).where(Price.endpoint == endpoint)
                              .order_by(Price.valid_from.desc(), Price.id).limit(HISTORY)).all()


def is_anything_open() -> bool:
    """Whether services can call anything that costs."""
    return any(is_open(price) for price in _latest())


def start_prices(actor: Actor) -> list[str]:
    """Sets the price to begin with for every route that never had one. The labels of those, in one transaction."""
    with writing():
        had = set(db.session.scalars(select(Price.endpoint).where(Price.model == ANY)))
        fresh = [each for each in ENDPOINTS if each.path not in had]
        for each in fresh:
            set_price(each.path, ANY, each.units[0], *each.start, actor)
    return [each.label for each in fresh]


def said(price: Price | None) -> str:
    """A price in words: `0.5 credits for 1,000 tokens`, `Closed to services`."""
    if price is None or price.unit == CLOSED:
        return "Closed to services"
    if price.unit == INHERITED:
        return "As any model"
    if not price.amount:
        return "Free"
    return f"{_credits(price.amount)} {UNIT_WORDS.get(price.unit, price.unit)}"


def example(unit: str, amount: int, hold: int) -> str:
    """What a price means for one call, in a sentence or two. Thousandths."""
    tariff = Tariff("", unit, amount, hold)
    if unit == "1k_tokens":
        text = f"A call of 1,000 tokens costs {_credits(tariff.cost(1000))}, one of 250 {_credits(tariff.cost(250))}."
        most = hold * 1000 // amount if amount else 0
        return text + (f" {_credits(hold)} held before it cover {most:,} tokens; what comes beyond is not charged."
                       if amount else "")
    if unit == "image":
        return f"A call for two images costs {_credits(tariff.cost(2))}; {_credits(2 * hold)} are held before it."
    if unit == "step":
        most = hold // amount if amount else 0
        return f"A run of 10 steps costs {_credits(min(tariff.cost(10), hold))}." + (
            f" {_credits(hold)} held before it cover {most:,} steps; what comes beyond is not charged."
            if amount else "")
    return f"{'A run' if unit == 'run' else 'A call'} costs {_credits(amount)}, whatever it brings."


def _credits(thousandths: int) -> str:
    return f"{credits(thousandths)} credit{'' if thousandths == 1000 else 's'}"


def _latest() -> Sequence[Price]:
    place = func.row_number().over(partition_by=(Price.endpoint, Price.model),
                                   order_by=(Price.valid_from.desc(), Price.id)).label("place")
    ranked = select(Price.id, place).where(Price.valid_from <= now()).subquery()
    return db.session.scalars(select(Price).join(ranked, ranked.c.id == Price.id).where(ranked.c.place == 1)).all()
