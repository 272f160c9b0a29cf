"""`skyvern-ui services …`: what an operator does at a terminal."""

from __future__ import annotations

import sys
from dataclasses import replace

import click

from ...audit import CLI
from .. import change_rules, rules
from ..credits import books_rules, refill_rules
from ..credits.budget_rules import Limits, uses_of
from .keys import create_first_key, keys
from .prices import price, prices
from .terminal import application, found, no_limit, shown, thousandths, whole
from .usage import usage


@click.group()
def services() -> None:
    """Programs with keys and credits of their own."""


for each in (keys, price, prices, usage):
    services.add_command(each)


@services.command("create")
@click.argument("name")
@click.option("--credits", "amount", type=int, required=True, help="Whole credits to begin with.")
@click.option("--key", "imported", help="Take this key as it is, instead of making one.")
@click.option("--scope", "scopes", multiple=True, help="What its key may do; again for more. Default: llm:*.")
def create(name: str, amount: int, imported: str | None, scopes: tuple[str, ...]) -> None:
    """Make a service with credits and a first key, and print the key this once."""
    with application():
        key = create_first_key(name, amount, scopes, imported)
        click.echo(f"{name} has {amount} credits.")
        click.echo("The key was taken as it is." if imported else f"Its key, shown this once: {key}")


@services.command("list")
def show() -> None:
    """All services, what they have left, and how that is."""
    with application():
        for org, pool in rules.list_services():
            held = f", {shown(pool.held)} held" if pool.held else ""
            click.echo(f"{org.name}\t{shown(pool.credit_balance)} credits{held}\t{pool.level}\t{org.status}")


@services.command("suspend")
@click.argument("name")
@click.option("--resume", is_flag=True, help="Let it call again.")
def suspend(name: str, resume: bool) -> None:
    """From the next call on this service is refused."""
    with application():
        done = rules.set_status(found(name).id, "active" if resume else "suspended", CLI)
        click.echo(f"{name} is {'active' if resume else 'suspended'}{'' if done else ' already'}.")


@services.command("rename")
@click.argument("name")
@click.argument("new_name")
def rename(name: str, new_name: str) -> None:
    """Give a service another name."""
    with application():
        change_rules.rename(found(name).id, new_name, CLI)
        click.echo(f"{name} is {new_name} now.")


@services.command("grant")
@click.argument("name")
@click.argument("amount")
@click.option("--reason", required=True, help="Why; it stands in the ledger for good.")
def grant(name: str, amount: str, reason: str) -> None:
    """Give a service credits, or take some with a negative number (after --)."""
    with application():
        pool = change_rules.adjust(found(name).id, thousandths(amount), reason, CLI)
        click.echo(f"{name} has {shown(pool.available)} credits.")


@services.command("limits")
@click.argument("name")
@click.option("--warn", help="Warn below so many credits.")
@click.option("--critical", help="Critical below so many credits.")
@click.option("--credits-day", help="At most so many credits a day; none is no limit.")
@click.option("--credits-month", help="At most so many credits a month.")
@click.option("--calls-day", help="At most so many calls a day.")
@click.option("--calls-month", help="At most so many calls a month.")
def limits(name: str, warn: str | None, critical: str | None, **typed: str | None) -> None:
    """Show the levels, budgets and quotas of a service, or change those that are given."""
    with application():
        org = found(name)
        pool = next(pool for one, pool in rules.list_services() if one.id == org.id)
        levels = pool.warn_at, pool.critical_at
        if warn is not None or critical is not None:
            levels = (levels[0] if warn is None else thousandths(warn),
                      levels[1] if critical is None else thousandths(critical))
            change_rules.set_levels(org.id, *levels, CLI)
        wanted = Limits.of(org.limits)
        given = {field: no_limit(text) if field.startswith("credits") else whole(text)
                 for field, text in typed.items() if text is not None}
        if given:
            wanted = replace(wanted, **given)
            change_rules.set_limits(org.id, wanted, CLI)
        click.echo(f"warning below\t{shown(levels[0])}\ncritical below\t{shown(levels[1])}")
        _say_limits(wanted, org.id)


@services.command("refill")
@click.argument("name")
@click.argument("mode", type=click.Choice(refill_rules.MODES))
@click.argument("amount", default="0")
@click.option("--period", type=click.Choice(refill_rules.PERIODS), default="month", show_default=True)
def refill(name: str, mode: str, amount: str, period: str) -> None:
    """Fill the pool by itself: `set` fills up to the amount, `add` adds it, at the turn of each period; or `none`."""
    with application():
        refill_rules.set_refill(found(name).id, mode, thousandths(amount), period, CLI)
        said = {"set": f"is filled up to {amount} credits each {period}", "add": f"gets {amount} credits each {period}",
                "none": "is not filled by itself"}
        click.echo(f"{name} {said[mode]}.")


@services.command("reconcile")
def reconcile() -> None:
    """Enter in the ledger what somebody changed in the database by hand, and check that the books agree."""
    wrong = False
    with application():
        for org_id, name in [(org.id, org.name) for org, _ in rules.list_services()]:
            entered = books_rules.reconcile(org_id, CLI)
            trouble = books_rules.disagreements(org_id)
            if entered:
                click.echo(f"{name}: {'+' if entered > 0 else ''}{shown(entered)} credits entered.")
            for sentence in trouble:
                click.echo(f"{name}: {sentence}", err=True)
            if not entered and not trouble:
                click.echo(f"{name}: the books agree.")
            wrong = wrong or bool(trouble)
    if wrong:
        sys.exit("The books do not agree. Nothing was changed; look at the ledger of the services named above.")


@services.command("seed")
def seed() -> None:
    """Make the services that are here from the start, 10,000 credits each."""
    with application():
        made = rules.seed(CLI)
        click.echo("\n".join(f"{name} has {rules.SEED_CREDITS} credits." for name in made) or "All are there already.")


def _say_limits(limits: Limits, owner_id: str) -> None:
    used = uses_of(owner_id)
    for field, words in (("credits_day", "credits a day"), ("credits_month", "credits a month"),
                         ("calls_day", "calls a day"), ("calls_month", "calls a month")):
        limit, so_far = getattr(limits, field), getattr(used, field)
        told = shown if field.startswith("credits") else lambda number: "no limit" if number is None else str(number)
        click.echo(f"{words}\t{told(limit)}\t{told(so_far)} used")
