"""What fences a key in, in a few words."""

from __future__ import annotations

from ...formatters import credits
from .listing_rules import Face


def key_limits(key: Face) -> list[str]:
    """Each limit of the key's own, the tightest kinds first; empty when there is none."""
    rights, limits = key.rights, key.rights.limits
    words = [(rights.per_minute, f"{rights.per_minute} calls a minute"), (rights.at_once, f"{rights.at_once} at once"),
             (limits.credits_day, f"{credits(limits.credits_day)} credits a day"),
             (limits.credits_month, f"{credits(limits.credits_month)} credits a month"),
             (rights.spend_cap, f"{credits(rights.spend_cap)} credits in all"),
             (limits.calls_day, f"{limits.calls_day} calls a day"),
             (limits.calls_month, f"{limits.calls_month} calls a month")]
    found = [text for value, text in words if value is not None]
    for name, entries in (("model", rights.models), ("address", rights.addresses)):
        if entries:
            ending = ("es" if name == "address" else "s") if len(entries) > 1 else ""
            found.append(f"{len(entries)} {name}{ending}")
    return found
