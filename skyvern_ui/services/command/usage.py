"""`skyvern-ui services usage`."""

from __future__ import annotations

import click

from ..usage.group_rules import GROUPS, summed
from ..usage.rules import Slice, last_days
from .terminal import application, found, shown


@click.command("usage")
@click.argument("name", default="")
@click.option("--days", type=click.IntRange(1, 366), default=30, show_default=True)
@click.option("--by", type=click.Choice(GROUPS), default="day", show_default=True)
def usage(name: str, days: int, by: str) -> None:
    """What one service used, or all of them."""
    with application():
        since, until = last_days(days)
        groups = summed(Slice(found(name).id if name else None, since, until), by)
        for each in groups:
            click.echo(f"{each.group or '-'}\t{each.calls} calls\t{each.refused} not charged\t"
                       f"{shown(each.spent)} credits")
        if not groups:
            click.echo(f"Nothing was called in the last {days} days.")
