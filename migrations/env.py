"""Runs migrations on the application's own engine. Who calls this holds the lock (skyvern_ui/migrating.py)."""

from __future__ import annotations

from alembic import context
from flask import current_app
from sqlalchemy import create_engine

from skyvern_ui.extensions import db


def run() -> None:
    settings = current_app.config["SETTINGS"]
    if settings.sqlite:
        engine = db.engine
    else:
        engine = create_engine(settings.database_url, connect_args={"options": "-c lock_timeout=30000"})
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=db.metadata, render_as_batch=settings.sqlite,
                          transactional_ddl=True, compare_type=True)
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
