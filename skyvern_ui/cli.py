"""The command line: `skyvern-ui run | migrate | doctor | users …`."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import click

from .config import BadSetting, Settings
from .services.command.group import services

ROOT = Path(__file__).parent.parent


@click.group()
def cli() -> None:
    """Skyvern UI: the front door of a self-hosted Skyvern."""


@cli.command()
def run() -> None:
    """Bring the database up to date and serve."""
    settings = Settings.from_env()
    print(f"Skyvern UI is at http://{'localhost' if settings.host == '127.0.0.1' else settings.host}:{settings.port}",
          flush=True)
    os.chdir(ROOT)
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"])


@cli.command()
@click.option("--down", metavar="REVISION", help="Go back to this revision instead; 'base' empties the database.")
def migrate(down: str | None) -> None:
    """Bring the database up to date. Safe to run from many processes at once."""
    from . import create_app
    from .migrating import bring_up_to_date, take_down

    app = create_app()
    if down:
        take_down(app, down)
    else:
        bring_up_to_date(app)


@cli.command()
def prepare() -> None:
    """What the server does before its first worker: check the settings and bring the database up to date."""
    from . import create_app
    from .migrating import bring_up_to_date

    app = create_app()
    bring_up_to_date(app)
    click.echo(json.dumps({"sandbox": app.config["SETTINGS"].sandbox}))


@cli.command()
@click.option("--json", "as_object", is_flag=True, help="One JSON object instead of text.")
@click.option("--thorough", is_flag=True, help="Ask the models for more than one token, and open a browser.")
@click.option("--deploy", is_flag=True, help="Look only at the settings: are they safe for production?")
@click.option("--no-color", is_flag=True, help="No colours.")
def doctor(as_object: bool, thorough: bool, deploy: bool, no_color: bool) -> None:
    """Say what is broken between here and the model. Ends with 0 when nothing fails, 1 when something does, 2 when it
    could not begin."""
    from .doctor.command import run as examine

    sys.exit(examine(as_object=as_object, thorough=thorough, deploy=deploy, colour=not no_color))


@cli.group()
def users() -> None:
    """People, for when nobody can sign in."""


@users.command("link")
@click.argument("email")
def user_link(email: str) -> None:
    """Print a one-time link to set the password of this person, and lift a ban."""
    from sqlalchemy import select

    from . import create_app
    from .audit import CLI
    from .extensions import db
    from .models import User
    from .users.rules import create_link, unban

    app = create_app()
    with app.app_context():
        user_id = db.session.scalar(select(User.id).where(User.email == email.strip().lower()))
        if user_id is None:
            raise click.ClickException("There is no person with this address.")
        unban(user_id, CLI)
        settings: Settings = app.config["SETTINGS"]
        base = settings.public_url or f"http://localhost:{settings.port}"
        click.echo(f"{base}/password/{create_link(user_id, CLI)}")


@users.command("admin")
@click.argument("email")
def user_admin(email: str) -> None:
    """Make this person an admin."""
    from sqlalchemy import select

    from . import create_app
    from .audit import CLI
    from .extensions import db
    from .models import User
    from .users.rules import set_role

    with create_app().app_context():
        user_id = db.session.scalar(select(User.id).where(User.email == email.strip().lower()))
        if user_id is None:
            raise click.ClickException("There is no person with this address.")
        set_role(user_id, "admin", CLI)
        click.echo(f"{email} is an admin now.")


cli.add_command(services)


def main() -> None:
    try:
        cli()
    except BadSetting as error:
        sys.exit(f"Cannot start: {error}")
