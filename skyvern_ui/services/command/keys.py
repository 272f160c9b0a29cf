"""`skyvern-ui services keys …`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import click

from ...audit import CLI
from ...extensions import db
from ...models.service_key import ServiceKey
from .. import rules
from ..credits.budget_rules import Limits
from ..keys import listing_rules
from ..keys import rules as key_rules
from ..keys.rights_rules import Rights, checked, rights_of
from ..keys.scopes import DEFAULT
from ..unusable import Unusable
from .terminal import application, found, moment, no_limit, shown, whole

OVERLAPS = {"none": timedelta(0), "1h": timedelta(hours=1), "1d": timedelta(days=1), "7d": timedelta(days=7)}
RIGHTS = (
    click.option("--scope", "scopes", multiple=True, help="What it may do; again for more."),
    click.option("--model", "models", multiple=True, help="Only this model; again for more. None given: any."),
    click.option("--address", "addresses", multiple=True, help="Only from this address or network; again for more."),
    click.option("--per-minute", help="At most so many calls a minute; none is no limit."),
    click.option("--at-once", help="At most so many calls at once."),
    click.option("--cap", "spend_cap", help="At most so many credits in its whole life."),
    click.option("--expires", "expires_at", help="It ends then, like 2026-12-31."),
    click.option("--credits-day", help="At most so many credits a day."),
    click.option("--credits-month", help="At most so many credits a month."),
    click.option("--calls-day", help="At most so many calls a day."),
    click.option("--calls-month", help="At most so many calls a month."),
)


def with_rights(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command all options of a key's rights."""
    for option in reversed(RIGHTS):
        command = option(command)
    return command


@click.group()
def keys() -> None:
    """The keys of a service."""


@keys.command("create")
@click.argument("name")
@click.option("--label", default="key", help="What it is called.")
@click.option("--key", "imported", help="Take this key as it is.")
@with_rights
def create(name: str, label: str, imported: str | None, **typed: Any) -> None:
    """One more key, printed this once. Without a scope it may call all models: llm:*."""
    with application():
        rights = _changed(Rights(DEFAULT), typed)
        _, key = key_rules.create_key(found(name).id, label, rights, CLI, imported)
        click.echo("The key was taken as it is." if imported else key)


@keys.command("update")
@click.argument("key_id")
@click.option("--label", help="Another name.")
@with_rights
def update(key_id: str, label: str | None, **typed: Any) -> None:
    """Change what is given of a key; the rest stays. --model any and --address any remove the list."""
    with application():
        key = db.session.get(ServiceKey, key_id)
        if key is None:
            raise Unusable("There is no such key.")
        wanted = label or key.name, _changed(rights_of(key), typed)
        db.session.remove()
        click.echo("The key is changed." if key_rules.update_key(key_id, *wanted, CLI) else "Nothing is different.")


@keys.command("list")
@click.argument("name")
def show(name: str) -> None:
    """The keys by what may be shown of them."""
    with application():
        for face in listing_rules.list_keys(found(name).id):
            of = "" if face.rights.spend_cap is None else f" of {shown(face.rights.spend_cap)}"
            used = f"{face.last_used_at:%Y-%m-%d %H:%M}" if face.last_used_at else "never used"
            click.echo(f"{face.key_id}\t{face.shown}\t{face.name}\t{face.state}\t{' '.join(face.scopes)}\t"
                       f"{shown(face.spent)}{of} credits\t{used}")


@keys.command("rotate")
@click.argument("key_id")
@click.option("--overlap", type=click.Choice(tuple(OVERLAPS)), default="1d", show_default=True)
def rotate(key_id: str, overlap: str) -> None:
    """A new secret of the same key, printed this once; the old one ends after the overlap."""
    with application():
        click.echo(key_rules.rotate_key(key_id, OVERLAPS[overlap], CLI))


@keys.command("end-old")
@click.argument("key_id")
def end_old(key_id: str) -> None:
    """End the old secret of a rotated key before its overlap is over."""
    with application():
        done = key_rules.end_old_secret(key_id, CLI)
        click.echo("The old secret is ended." if done else "This key has no old secret.")


@keys.command("revoke")
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """End a key for good, from the next call on."""
    with application():
        click.echo("The key is ended." if key_rules.revoke_key(key_id, CLI) else "There is no such key in use.")


def create_first_key(name: str, credits: int, scopes: tuple[str, ...], imported: str | None) -> str:
    """A service and its first key; neither is made when one of them cannot be."""
    rights = checked(Rights(scopes or DEFAULT))
    if imported is not None:
        key_rules.check_import(imported)
    org_id = rules.create_service(name, credits, CLI)
    return key_rules.create_key(org_id, "first key", rights, CLI, imported)[1]


def _changed(rights: Rights, typed: dict[str, Any]) -> Rights:
    """The rights with what was typed. An option that was not given changes nothing."""
    limits = {field: no_limit(typed[field]) if field.startswith("credits") else whole(typed[field])
              for field in Limits.__slots__ if typed[field] is not None}
    other: dict[str, Any] = {field: () if typed[field] == ("any",) else typed[field]
                             for field in ("scopes", "models", "addresses") if typed[field]}
    for field, read in (("per_minute", whole), ("at_once", whole), ("spend_cap", no_limit), ("expires_at", moment)):
        if typed[field] is not None:
            other[field] = read(typed[field])
    return replace(rights, limits=replace(rights.limits, **limits), **other)
