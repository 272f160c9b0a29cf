"""`skyvern-ui services price` and `prices`."""

from __future__ import annotations

import click
from sqlalchemy import select

from ...audit import CLI
from ...extensions import db
from ...models.charge import Price
from ..credits import price_rules
from ..credits.endpoints import BY_PATH, ENDPOINTS, IMAGES
from .terminal import application, shown, thousandths

ALSO = {"/api/v1/llm/images/generations": IMAGES}
STEPS = 25  # held for, by default
ENDS = {price_rules.CLOSED: "closed", price_rules.INHERITED: "as any model"}


@click.command("price")
@click.argument("route")
@click.argument("credits")
@click.option("--model", default="", help="Only for this model.")
@click.option("--unit", type=click.Choice(price_rules.UNITS), help="Default: the usual one of the route.")
@click.option("--hold", help="What is held beforehand, the most that one call can cost; default: the price, of a run "
                              "by its steps that of 25.")
def price(route: str, credits: str, model: str, unit: str | None, hold: str | None) -> None:
    """What a call of a route costs from now on. A route without a price is closed; CREDITS may be `closed`."""
    with application():
        endpoint = BY_PATH.get(ALSO.get(route, route))
        if endpoint is None:
            raise click.ClickException(f"There is no such route. Known: {', '.join(BY_PATH)}.")
        if credits == price_rules.CLOSED:
            price_rules.close_price(endpoint.path, model, CLI)
            click.echo(f"{endpoint.path} is closed{f' for {model}' if model else ''}.")
            return
        unit, amount = unit or endpoint.units[0], thousandths(credits)
        if unit not in endpoint.units:
            raise click.ClickException(f"{endpoint.path} has a price by {' or '.join(endpoint.units)}.")
        if unit == "1k_tokens" and not hold:
            raise click.ClickException("Say with --hold how much is held: it is the most that one call can cost.")
        usual = amount * STEPS if unit == "step" else amount
        try:
            price_rules.set_price(endpoint.path, model, unit, amount, thousandths(hold) if hold else usual, CLI)
        except ValueError as error:
            raise click.ClickException(str(error)) from error
        click.echo(f"{endpoint.path} costs {credits} credits by {unit}{f' of {model}' if model else ''}.")


@click.command("prices")
@click.option("--history", is_flag=True, help="Also those that hold no more.")
def prices(history: bool) -> None:
    """What calls cost now, by route and model; routes without a price are closed."""
    with application():
        seen: set[tuple[str, str]] = set()
        for row in db.session.scalars(select(Price).order_by(Price.endpoint, Price.model, Price.valid_from.desc(),
                                                             Price.id)):
            if history or (row.endpoint, row.model) not in seen:
                said = ENDS.get(row.unit, f"{shown(row.amount)} by {row.unit}, {shown(row.hold)} held")
                click.echo(f"{row.endpoint}\t{row.model}\t{said}\t"
                           f"since {row.valid_from:%Y-%m-%d %H:%M}\t{row.created_by_name}")
            seen.add((row.endpoint, row.model))
        for each in ENDPOINTS:
            if each.path not in {endpoint for endpoint, _ in seen}:
                click.echo(f"{each.path}\tclosed: it has no price")
