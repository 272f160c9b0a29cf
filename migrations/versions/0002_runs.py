"""The tables of runs: who drives, saved views, waiting runs, shares, watches and notices, failures, origins.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

Text, Moment = sa.Text, sa.DateTime
Json = sa.JSON().with_variant(JSONB(), "postgresql")


def texts(*names: str, **options: object) -> list[sa.Column]:
    """Columns of text, none of them empty by default unless said."""
    return [sa.Column(name, Text, **options) for name in names]


def must(*names: str) -> list[sa.Column]:
    return texts(*names, nullable=False)


def moments(*names: str, nullable: bool = False) -> list[sa.Column]:
    return [sa.Column(name, Moment, nullable=nullable) for name in names]


def key(name: str) -> sa.Column:
    return sa.Column(name, Text, primary_key=True)


def person(table: str) -> sa.Column:
    reference = sa.ForeignKey("user.id", ondelete="CASCADE", name=f"fk_{table}_user_id")
    return sa.Column("user_id", Text, reference, nullable=False)


def upgrade() -> None:
    op.create_table("control", key("key"), *must("holder_id", "holder_name", "session_id", "viewer"),
                    *moments("taken_at", "seen_at"), *texts("asked_by_id", "asked_by_name"),
                    *moments("asked_at", nullable=True))
    op.create_table("saved_view", key("id"), person("saved_view"), *must("name", "query"), *moments("created_at"),
                    sa.UniqueConstraint("user_id", "name", name="uq_saved_view_user_id_name"))
    op.create_table("waiting_claim", key("run_id"), *must("block_id", "user_id", "user_name"), *moments("created_at"))
    op.create_table("posted_code", key("digest"), *must("run_id", "user_name"), *moments("created_at"))
    op.create_table("share", key("id"), *must("run_id"), sa.Column("shows_inputs", sa.Boolean, nullable=False),
                    *must("created_by", "created_by_name"), *moments("created_at", "expires_at"),
                    *moments("revoked_at", nullable=True), *texts("revoked_by_name"),
                    sa.Column("opened", sa.Integer, nullable=False), *moments("last_opened_at", nullable=True))
    op.create_table("watch", key("id"), person("watch"), *must("kind", "target_id"), *texts("title"),
                    *must("channel", "address"), *texts("secret"), *must("outcomes"), *moments("created_at"),
                    *moments("looked_at", "ended_at", nullable=True),
                    sa.UniqueConstraint("user_id", "kind", "target_id", "channel", "address",
                                        name="uq_watch_what_and_where"))
    op.create_table("notice", key("id"),
                    sa.Column("watch_id", Text, sa.ForeignKey("watch.id", ondelete="CASCADE",
                                                              name="fk_notice_watch_id"), nullable=False),
                    *must("user_id", "run_id"), sa.Column("occasion", Text, nullable=False, server_default="over"),
                    *must("channel", "address"), sa.Column("content", Json, nullable=False),
                    *must("status"), sa.Column("tries", sa.Integer, nullable=False),
                    *moments("next_try_at", "created_at"), *moments("sent_at", nullable=True), *texts("problem"),
                    sa.UniqueConstraint("watch_id", "run_id", "occasion", name="uq_notice_watch_id_run_id_occasion"))
    op.create_table("lease", key("name"), *must("holder"), *moments("until"))
    op.create_table("failure", key("run_id"),
                    *must("kind", "status", "title", "workflow_id", "category", "site", "block", "model_error",
                          "error_code", "reason"), *moments("ended_at", "read_at"))
    op.create_table("run_origin", key("run_id"), *must("origin_id", "how"), *moments("created_at"))
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)


INDEXES = (
    ("ix_posted_code_run_id", "posted_code", ["run_id"]),
    ("ix_share_run_id", "share", ["run_id"]),
    ("ix_watch_target_id", "watch", ["target_id"]),
    ("ix_notice_status_next_try_at", "notice", ["status", "next_try_at"]),
    ("ix_notice_user_id", "notice", ["user_id"]),
    ("ix_failure_ended_at", "failure", ["ended_at"]),
    ("ix_run_origin_origin_id", "run_origin", ["origin_id"]),
)
TABLES = ("run_origin", "failure", "lease", "notice", "watch", "share", "posted_code", "waiting_claim", "saved_view",
          "control")


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
