"""How often something may be tried, counted in the database: the same for every worker and host."""

from __future__ import annotations

import hashlib
import ipaddress
import time
from dataclasses import dataclass

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite

from ..database import writing
from ..extensions import db
from ..models import Attempt


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` tries per `seconds`, counted in fixed windows."""

    name: str
    most: int
    seconds: int


class TooMany(Exception):
    """Tried too often. `retry_after` in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


ACCOUNT_AND_ADDRESS = Limit("sign-in account and address", 5, 300)
ADDRESS = Limit("sign-in address", 20, 60)
ACCOUNT = Limit("sign-in account", 100, 3600)
SETUP = Limit("setup address", 10, 60)
LINK = Limit("one-time link address", 20, 60)
PASSWORD_CHANGE = Limit("password change", 10, 300)


def spend(limit: Limit, *who: str) -> tuple[int, int]:
    """Counts one try for this bucket: how many are left, and for how many seconds this window lasts. Raises TooMany
    once the limit is passed."""
    moment = int(time.time())
    window = moment // limit.seconds * limit.seconds
    bucket = hashlib.sha256("\n".join((limit.name, *who)).encode()).hexdigest()[:32]
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    statement = (
        dialect.insert(Attempt).values(bucket=bucket, window=window, count=1)
        .on_conflict_do_update(index_elements=["bucket", "window"], set_={"count": Attempt.count + 1})
        .returning(Attempt.count)
    )
    with writing() as session:
        count = session.execute(statement).scalar_one()
        if count == 1 and window % 16 == 0:
            session.execute(delete(Attempt).where(Attempt.window < moment - 7200))
    rest = max(1, window + limit.seconds - moment)
    if count > limit.most:
        raise TooMany(rest)
    return limit.most - count, rest


def forgive(limit: Limit, *who: str) -> None:
    """Forgets the tries of this bucket, after a success."""
    bucket = hashlib.sha256("\n".join((limit.name, *who)).encode()).hexdigest()[:32]
    with writing() as session:
        session.execute(delete(Attempt).where(Attempt.bucket == bucket))


def network(address: str | None) -> str:
    """What an address counts as: an IPv6 /64 is one household, a mapped IPv4 is that IPv4."""
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv6Address):
        return str(ip.ipv4_mapped or ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)
