"""The tables of services: organisations, credits, keys, charges, the ledger, prices; the views an operator asks.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

Json = sa.JSON().with_variant(JSONB(), "postgresql")
Row = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def key(name: str) -> sa.Column:
    return sa.Column(name, sa.Text, primary_key=True)


def must(kind: object, *names: str) -> list[sa.Column]:
    return [sa.Column(name, kind, nullable=False) for name in names]


def may(kind: object, *names: str) -> list[sa.Column]:
    return [sa.Column(name, kind) for name in names]


def whose(column: str, table: str, target: str, primary_key: bool = False) -> sa.Column:
    return sa.Column(column, sa.Text, sa.ForeignKey(target, ondelete="CASCADE", name=f"fk_{table}_{column}"),
                     nullable=False, primary_key=primary_key)


def upgrade() -> None:
    op.create_table("organizations", key("id"), *must(sa.Text, "name"), *must(sa.Boolean, "is_service_account"),
                    *must(sa.Text, "subscription_tier", "status"), *must(Json, "limits"),
                    *must(sa.DateTime, "created_at", "updated_at"),
                    sa.UniqueConstraint("name", name="uq_organizations_name"))
    op.create_table("organization_credits", whose("org_id", "organization_credits", "organizations.id", True),
                    *must(sa.BigInteger, "credit_balance", "known_balance", "held", "warn_at", "critical_at"),
                    *must(sa.Text, "level"), *must(sa.DateTime, "level_since"),
                    *must(sa.Text, "announced_level", "refill_mode"),
                    *must(sa.BigInteger, "refill_amount"), *must(sa.Text, "refill_period"),
                    *may(sa.DateTime, "next_refill_at"),
                    sa.CheckConstraint("credit_balance >= 0", name="ck_organization_credits_balance"),
                    sa.CheckConstraint("held >= 0", name="ck_organization_credits_held"))
    op.create_table("service_key", key("id"), whose("org_id", "service_key", "organizations.id"),
                    *must(sa.Text, "name"), *must(Json, "scopes", "models", "addresses", "limits"),
                    *may(sa.Integer, "per_minute", "at_once"),
                    *may(sa.BigInteger, "spend_cap"), *must(sa.BigInteger, "spent"),
                    *may(sa.DateTime, "expires_at", "revoked_at"), *must(sa.Text, "created_by_name"),
                    *must(sa.DateTime, "created_at"), sa.CheckConstraint("spent >= 0", name="ck_service_key_spent"))
    op.create_table("service_key_secret", key("digest"), whose("key_id", "service_key_secret", "service_key.id"),
                    *must(sa.Text, "prefix", "last4"), *must(sa.DateTime, "created_at"),
                    *may(sa.DateTime, "revoke_at", "last_used_at"))
    op.create_table("charge", key("id"), whose("org_id", "charge", "organizations.id"),
                    *may(sa.Text, "key_id", "idempotency_key", "fingerprint"), *must(sa.Text, "endpoint"),
                    *may(sa.Text, "model"), *must(sa.Boolean, "byok"), *may(sa.Text, "price_id"),
                    *must(sa.BigInteger, "hold"), *may(sa.BigInteger, "actual"), *must(sa.BigInteger, "overrun"),
                    *must(sa.Text, "state"), *may(sa.Text, "outcome"), *must(sa.DateTime, "lease_until"),
                    *must(Json, "details"), *may(sa.Text, "run_id"), *must(sa.DateTime, "created_at"),
                    *may(sa.DateTime, "finished_at"),
                    sa.UniqueConstraint("org_id", "idempotency_key", name="uq_charge_org_id_idempotency_key"))
    op.create_table("ledger", sa.Column("id", Row, primary_key=True, autoincrement=True), *must(sa.Text, "org_id"),
                    *may(sa.Text, "charge_id"), *must(sa.Text, "kind"), *may(sa.Text, "period"),
                    *must(sa.BigInteger, "d_available", "d_held", "available_after", "held_after"),
                    *must(sa.Text, "actor_name"), *may(sa.Text, "reason"), *must(sa.DateTime, "created_at"),
                    sa.UniqueConstraint("charge_id", "kind", name="uq_ledger_charge_id_kind"),
                    sa.UniqueConstraint("org_id", "period", name="uq_ledger_org_id_period"))
    op.create_table("price", key("id"), *must(sa.Text, "endpoint", "model", "unit"),
                    *must(sa.BigInteger, "amount", "hold"), *must(sa.Text, "created_by_name"),
                    *must(sa.DateTime, "valid_from"))
    op.create_table("budget_use", *[sa.Column(name, sa.Text, primary_key=True) for name in ("owner_id", "period")],
                    *must(sa.BigInteger, "used", "calls"),
                    sa.CheckConstraint("used >= 0", name="ck_budget_use_used"),
                    sa.CheckConstraint("calls >= 0", name="ck_budget_use_calls"))
    op.create_table("kept_answer", whose("charge_id", "kept_answer", "charge.id", True), *must(sa.Integer, "status"),
                    *must(sa.Text, "mimetype", "body"), *must(sa.DateTime, "expires_at"))
    op.create_table("provider_key", whose("org_id", "provider_key", "organizations.id", True),
                    *must(sa.Text, "base_url", "ciphertext", "last4"), *must(sa.Boolean, "enabled"),
                    *may(sa.DateTime, "checked_at"), *may(sa.Text, "last_error"), *must(sa.Text, "created_by_name"),
                    *must(sa.DateTime, "created_at"))
    op.create_table("refusal", *[sa.Column(name, sa.Text, primary_key=True)
                                 for name in ("day", "org_id", "key_id", "endpoint", "code")],
                    *must(sa.Integer, "status", "count"), *must(sa.DateTime, "last_at"))
    op.create_table("usage_day", *[sa.Column(name, sa.Text, primary_key=True)
                                   for name in ("day", "org_id", "endpoint", "model")],
                    *must(sa.Integer, "calls", "charged"), *must(sa.BigInteger, "spent", "tokens_in", "tokens_out"),
                    *must(sa.Integer, "retries"))
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)
    by_hand = sa.text("charge_id IS NULL")
    op.create_index("ix_ledger_by_hand", "ledger", ["org_id", "created_at"], sqlite_where=by_hand,
                    postgresql_where=by_hand)
    for statement in VIEWS:
        op.execute(statement)
    for statement in POSTGRES_GUARD if op.get_bind().dialect.name == "postgresql" else SQLITE_GUARD:
        op.execute(statement)


INDEXES = (
    ("ix_service_key_org_id", "service_key", ["org_id"]),
    ("ix_service_key_secret_key_id", "service_key_secret", ["key_id"]),
    ("ix_charge_state_lease_until", "charge", ["state", "lease_until"]),
    ("ix_charge_org_id_created_at", "charge", ["org_id", "created_at"]),
    ("ix_charge_created_at", "charge", ["created_at"]),
    ("ix_charge_key_id_state", "charge", ["key_id", "state"]),
    ("ix_charge_run_id", "charge", ["run_id"]),
    ("ix_ledger_org_id_created_at", "ledger", ["org_id", "created_at"]),
    ("ix_kept_answer_expires_at", "kept_answer", ["expires_at"]),
    ("ix_price_endpoint_valid_from", "price", ["endpoint", "valid_from"]),
)
VIEWS = (
    """CREATE VIEW service_credit_balances AS
       SELECT o.name AS service_name, c.credit_balance / 1000.0 AS credits, c.held / 1000.0 AS held, c.level AS level,
              o.status AS status, c.credit_balance AS credit_balance, o.id AS org_id
       FROM organizations o JOIN organization_credits c ON c.org_id = o.id WHERE o.is_service_account""",
    """CREATE VIEW service_usage_log AS
       SELECT o.name AS service_name, c.endpoint AS endpoint, c.model AS model,
              coalesce(c.actual, c.hold) / 1000.0 AS credits_used, c.state AS state, c.outcome AS outcome,
              c.created_at AS created_at, c.finished_at AS finished_at, c.id AS charge_id
       FROM charge c JOIN organizations o ON o.id = c.org_id""",
)
SQLITE_GUARD = tuple(
    f"CREATE TRIGGER ledger_no_{verb.lower()} BEFORE {verb} ON ledger "
    "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END" for verb in ("UPDATE", "DELETE"))
POSTGRES_GUARD = (
    """CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$""",
    """CREATE TRIGGER ledger_guard BEFORE UPDATE OR DELETE ON ledger
       FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only()""",
)
TABLES = ("usage_day", "refusal", "provider_key", "kept_answer", "budget_use", "price", "ledger", "charge",
          "service_key_secret", "service_key", "organization_credits", "organizations")


def downgrade() -> None:
    for view in ("service_usage_log", "service_credit_balances"):
        op.execute(f"DROP VIEW {view}")
    for table in TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION ledger_is_append_only()")
