"""What a key may do, and which rights make sense."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ...models.columns import now
from ...models.service_key import ServiceKey
from ..change_rules import check_limits
from ..credits.budget_rules import Limits
from ..credits.refill_rules import MOST
from ..unusable import Unusable
from .scopes import clean

MOST_ENTRIES, MODEL_LENGTH, MOST_PER_MINUTE, MOST_AT_ONCE = 100, 200, 100_000, 1000


@dataclass(frozen=True, slots=True)
class Rights:
    """What a key may do. Empty lists of scopes open nothing; an empty list of models or addresses limits nothing.
    `spend_cap` in thousandths, for the whole life of the key; `expires_at` naive UTC."""

    scopes: Sequence[str] = ()
    models: Sequence[str] = ()
    addresses: Sequence[str] = ()
    per_minute: int | None = None
    at_once: int | None = None
    spend_cap: int | None = None
    expires_at: datetime | None = None
    limits: Limits = Limits()


def rights_of(key: ServiceKey) -> Rights:
    """As kept."""
    return Rights(tuple(key.scopes), tuple(key.models), tuple(key.addresses), key.per_minute, key.at_once,
                  key.spend_cap, key.expires_at, Limits.of(key.limits))


def columns_of(rights: Rights) -> dict[str, object]:
    """As they are kept."""
    return {"scopes": list(rights.scopes), "models": list(rights.models), "addresses": list(rights.addresses),
            "per_minute": rights.per_minute, "at_once": rights.at_once, "spend_cap": rights.spend_cap,
            "expires_at": rights.expires_at, "limits": rights.limits.to_json()}


def checked(rights: Rights, known_end: datetime | None = None) -> Rights:
    """The same rights as they are kept, each entry once. `known_end`: the end that the key has already, which may be
    over. Raises Unusable with the field that makes no sense."""
    try:
        scopes = clean(rights.scopes)
    except ValueError as error:
        raise Unusable(str(error), "scopes") from error
    models = tuple(dict.fromkeys(rights.models))
    if len(models) > MOST_ENTRIES or any(not 0 < len(each) <= MODEL_LENGTH or not each.isprintable()
                                         for each in models):
        raise Unusable(f"Name at most {MOST_ENTRIES} models, each in at most {MODEL_LENGTH} visible characters.",
                       "models")
    for name, most, sentence in (("per_minute", MOST_PER_MINUTE, "Calls a minute are a number from 1 to {}."),
                                 ("at_once", MOST_AT_ONCE, "Calls at once are a number from 1 to {}.")):
        value = getattr(rights, name)
        if value is not None and not 1 <= value <= most:
            raise Unusable(sentence.format(most), name)
    if rights.spend_cap is not None and not 0 <= rights.spend_cap <= MOST:
        raise Unusable("A cap is a number of credits that is not negative.", "spend_cap")
    if rights.expires_at is not None and rights.expires_at != known_end and rights.expires_at <= now():
        raise Unusable("This end is over already. End the key instead.", "expires_at")
    check_limits(rights.limits)
    return replace(rights, scopes=scopes, models=models, addresses=_networks(rights.addresses))


def _networks(addresses: Sequence[str]) -> tuple[str, ...]:
    if len(addresses) > MOST_ENTRIES:
        raise Unusable(f"At most {MOST_ENTRIES} addresses.", "addresses")
    found = []
    for each in addresses:
        try:
            found.append(str(ipaddress.ip_network(each.strip(), strict=False)))
        except ValueError as error:
            raise Unusable(f"{each[:60]!r} is neither an address nor a network like 10.0.0.0/8.",
                           "addresses") from error
    return tuple(dict.fromkeys(found))
