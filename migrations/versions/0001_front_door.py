"""The tables of the front door; an overlay database made by Drizzle is adopted as it is.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Text, Moment = sa.Text, sa.DateTime
Json = sa.JSON().with_variant(JSONB(), "postgresql")


def tables() -> dict[str, list[sa.Column]]:
    """Column lists of every table, fresh objects each time."""
    c = sa.Column
    return {
        "user": [
            c("id", Text, primary_key=True), c("name", Text, nullable=False), c("email", Text, nullable=False),
            c("email_verified", sa.Boolean, nullable=False, server_default=sa.false()), c("image", Text),
            c("role", Text, nullable=False, server_default="user"), c("banned", sa.Boolean), c("ban_reason", Text),
            c("ban_expires", Moment), c("created_at", Moment, nullable=False, server_default=sa.func.now()),
            c("updated_at", Moment, nullable=False, server_default=sa.func.now()),
        ],
        "session": [
            c("id", Text, primary_key=True), c("expires_at", Moment, nullable=False),
            c("token", Text, nullable=False), c("created_at", Moment, nullable=False, server_default=sa.func.now()),
            c("updated_at", Moment, nullable=False, server_default=sa.func.now()), c("ip_address", Text),
            c("user_agent", Text),
            c("user_id", Text, sa.ForeignKey("user.id", ondelete="CASCADE", name="fk_session_user_id"),
              nullable=False),
            c("impersonated_by", Text),
        ],
        "account": [
            c("id", Text, primary_key=True), c("account_id", Text, nullable=False),
            c("provider_id", Text, nullable=False),
            c("user_id", Text, sa.ForeignKey("user.id", ondelete="CASCADE", name="fk_account_user_id"),
              nullable=False),
            c("access_token", Text), c("refresh_token", Text), c("id_token", Text),
            c("access_token_expires_at", Moment), c("refresh_token_expires_at", Moment), c("scope", Text),
            c("password", Text), c("created_at", Moment, nullable=False, server_default=sa.func.now()),
            c("updated_at", Moment, nullable=False, server_default=sa.func.now()),
        ],
        "verification": [
            c("id", Text, primary_key=True), c("identifier", Text, nullable=False), c("value", Text, nullable=False),
            c("expires_at", Moment, nullable=False), c("created_at", Moment), c("updated_at", Moment),
        ],
        "organization_settings": [
            c("id", Text, primary_key=True), c("skyvern_api_key", Text), c("skyvern_api_url", Text),
            c("preferences", Json), c("version", sa.Integer, nullable=False, server_default="1"),
            c("created_at", Moment), c("updated_at", Moment),
        ],
        "audit_log": [
            c("id", Text, primary_key=True), c("user_id", Text), c("user_name", Text),
            c("action", Text, nullable=False), c("resource", Text), c("resource_id", Text), c("details", Json),
            c("ip_address", Text), c("created_at", Moment, nullable=False, server_default=sa.func.now()),
            c("outcome", Text), c("status", sa.Integer), c("actor_kind", Text), c("session_id", Text),
            c("user_agent", Text), c("request_id", Text),
        ],
        "claim": [
            c("upstream_id", Text, primary_key=True), c("kind", Text, nullable=False),
            c("actor_kind", Text, nullable=False), c("actor_id", Text, nullable=False),
            c("actor_name", Text, nullable=False), c("created_at", Moment, nullable=False),
        ],
        "installation": [
            c("id", sa.Integer, primary_key=True, autoincrement=False), c("claimed_by", Text, nullable=False),
            c("claimed_at", Moment, nullable=False),
        ],
        "attempt": [
            c("bucket", Text, primary_key=True), c("window", sa.BigInteger, primary_key=True),
            c("count", sa.Integer, nullable=False),
        ],
    }


INDEXES = [
    ("uq_user_email", "user", ["email"], True),
    ("uq_session_token", "session", ["token"], True),
    ("ix_session_user_id", "session", ["user_id"], False),
    ("ix_account_user_id", "account", ["user_id"], False),
    ("ix_verification_identifier", "verification", ["identifier"], False),
    ("ix_audit_log_created_at_id", "audit_log", ["created_at", "id"], False),
    ("ix_audit_log_user_id", "audit_log", ["user_id"], False),
    ("ix_claim_actor_id", "claim", ["actor_id"], False),
]


def upgrade() -> None:
    inspector = sa.inspect(op.get_bind())
    present = set(inspector.get_table_names())
    for name, columns in tables().items():
        if name not in present:
            op.create_table(name, *columns)
        else:
            adopt(inspector, name, columns)
    for name, table, columns, unique in INDEXES:
        if not unique or table not in present:
            op.create_index(name, table, columns, unique=unique)
    if "user" in present:
        close_setup()


def adopt(inspector: sa.Inspector, name: str, columns: list[sa.Column]) -> None:
    """Adds what an older table lacks, and lets go of what would stand in the way."""
    there = {column["name"]: column for column in inspector.get_columns(name)}
    for column in columns:
        if column.name not in there:
            op.add_column(name, column)
    bind = op.get_bind()
    if name == "session":
        bind.execute(sa.text("DELETE FROM session"))
    if name == "audit_log":
        for key in inspector.get_foreign_keys(name):
            if key.get("name"):
                op.drop_constraint(key["name"], name, type_="foreignkey")
        for column in ("user_id", "user_name", "resource", "resource_id"):
            if column in there and not there[column]["nullable"]:
                op.alter_column(name, column, nullable=True, existing_type=sa.Text())
        bind.execute(sa.text("UPDATE audit_log SET outcome = 'done' WHERE outcome IS NULL"))
        bind.execute(sa.text(
            "UPDATE audit_log SET user_name = (SELECT u.name FROM \"user\" u WHERE u.id = audit_log.user_id) "
            "WHERE user_name IS NULL"
        ))
    if name == "user":
        bind.execute(sa.text("UPDATE \"user\" SET role = 'user' WHERE role IS NULL"))


def close_setup() -> None:
    """People exist, so nobody sets this installation up a second time."""
    bind = op.get_bind()
    first = bind.execute(sa.text('SELECT id FROM "user" ORDER BY created_at LIMIT 1')).scalar()
    if first is not None:
        bind.execute(sa.text("INSERT INTO installation (id, claimed_by, claimed_at) VALUES (1, :id, :now)"),
                     {"id": first, "now": datetime.now(UTC).replace(tzinfo=None)})


def downgrade() -> None:
    for name, table, _, _ in reversed(INDEXES):
        op.drop_index(name, table)
    for name in reversed(tables()):
        op.drop_table(name)
