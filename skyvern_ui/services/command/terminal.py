"""What the commands of services share: an application, a service by its name, credits as they are typed and shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

import click
from sqlalchemy.exc import DBAPIError

from ...extensions import db
from ...models.organization import Organization
from .. import rules
from ..credits.faults import Insufficient
from ..unusable import Unusable


@contextmanager
def application() -> Iterator[None]:
    """Everything that can be wrong is one sentence."""
    from ... import create_app

    try:
        with create_app().app_context():
            yield
    except Unusable as error:
        raise click.ClickException(str(error)) from error
    except Insufficient as error:
        raise click.ClickException(f"There are only {shown(error.available)} credits.") from error
    except DBAPIError as error:
        raise click.ClickException(f"The database does not do this ({type(error).__name__}). Is it running, and "
                                   "brought up to date by `python -m skyvern_ui prepare`?") from error


def found(name: str) -> Organization:
    """The service of this name or id."""
    org = rules.find_service(name)
    if org is None:
        raise click.ClickException("There is no service of this name.")
    db.session.expunge(org)
    return org


def thousandths(text: str) -> int:
    """Typed credits, in thousandths."""
    try:
        amount = Decimal(text) * 1000
        if not amount.is_finite() or amount != amount.to_integral_value():
            raise InvalidOperation
    except InvalidOperation as error:
        raise click.ClickException("Credits are a number with at most three decimals.") from error
    return int(amount)


def no_limit(text: str | None) -> int | None:
    """Typed credits in thousandths, where `none` means no limit."""
    return None if text is None or text == "none" else thousandths(text)


def whole(text: str | None) -> int | None:
    """A typed whole number, where `none` means no limit."""
    if text is None or text == "none":
        return None
    if not re.fullmatch(r"[0-9]{1,12}", text, re.A):
        raise click.ClickException("A limit is a whole number, or none.")
    return int(text)


def moment(text: str | None) -> datetime | None:
    """A typed day or time, naive UTC. A time without an offset is UTC."""
    if text is None or text == "none":
        return None
    try:
        given = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.ClickException("A time is written like 2026-12-31 or 2026-12-31T18:00Z.") from error
    return given.astimezone(UTC).replace(tzinfo=None) if given.tzinfo else given


def shown(amount: int | None) -> str:
    """Thousandths as credits."""
    return "no limit" if amount is None else f"{Decimal(amount) / 1000:f}".rstrip("0").rstrip(".") \
        if amount % 1000 else str(amount // 1000)
