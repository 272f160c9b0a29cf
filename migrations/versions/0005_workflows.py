"""The tables of workflows: drafts and their revisions, favourites, many runs from a table.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

Json = sa.JSON().with_variant(JSONB(), "postgresql")


def must(kind: object, *names: str) -> list[sa.Column]:
    return [sa.Column(name, kind, nullable=False) for name in names]


def may(kind: object, *names: str) -> list[sa.Column]:
    return [sa.Column(name, kind) for name in names]


def key(kind: object, name: str) -> sa.Column:
    return sa.Column(name, kind, primary_key=True)


def whose(column: str, table: str, target: str, primary_key: bool = False) -> sa.Column:
    return sa.Column(column, sa.Text, sa.ForeignKey(target, ondelete="CASCADE", name=f"fk_{table}_{column}"),
                     nullable=False, primary_key=primary_key)


def upgrade() -> None:
    op.create_table("workflow_draft", key(sa.Text, "id"), whose("user_id", "workflow_draft", "user.id"),
                    *must(sa.Text, "wpid"), *may(sa.Integer, "base_version"), *must(sa.LargeBinary, "base"),
                    *must(sa.Integer, "position"), *must(sa.DateTime, "created_at", "updated_at"),
                    sa.UniqueConstraint("user_id", "wpid", name="uq_workflow_draft_user_id_wpid"))
    op.create_table("draft_revision", whose("draft_id", "draft_revision", "workflow_draft.id", True),
                    key(sa.Integer, "number"), *must(sa.LargeBinary, "document"), *must(sa.Text, "what"),
                    *must(sa.DateTime, "made_at"))
    op.create_table("workflow_favourite", whose("user_id", "workflow_favourite", "user.id", True),
                    key(sa.Text, "wpid"), *must(sa.DateTime, "created_at"))
    op.create_table("batch", key(sa.Text, "id"), *must(sa.Text, "wpid", "title"),
                    whose("user_id", "batch", "user.id"), *may(sa.Text, "ip_address"), *must(sa.Text, "file_name"),
                    *must(Json, "headings", "mapping", "options"), *must(sa.Integer, "at_once"),
                    *must(sa.Text, "state"), *must(Json, "notes"), *may(sa.Text, "problem"),
                    *must(sa.DateTime, "created_at"), *may(sa.DateTime, "waits_until", "finished_at"))
    op.create_index("ix_batch_wpid", "batch", ["wpid"])
    op.create_index("ix_batch_state", "batch", ["state"])
    op.create_table("batch_row", whose("batch_id", "batch_row", "batch.id", True), key(sa.Integer, "number"),
                    *must(Json, "cells", "inputs"), *must(sa.Text, "state"), *must(sa.Integer, "attempt"),
                    *may(sa.Text, "token", "run_id", "problem"), *must(Json, "earlier"), *may(Json, "output"),
                    *must(sa.DateTime, "changed_at"), *may(sa.DateTime, "looked_at"))
    op.create_index("ix_batch_row_state", "batch_row", ["state"])
    op.create_table("schedule_watch", whose("watch_id", "schedule_watch", "watch.id", True), *must(sa.Text, "wpid"),
                    *must(sa.Integer, "failures"), *must(sa.Boolean, "missed"), *must(sa.Text, "state"),
                    *must(sa.DateTime, "since", "judged_until"), *may(sa.DateTime, "looked_at"))

    op.create_table("trial_browser", whose("user_id", "trial_browser", "user.id", True), key(sa.Text, "wpid"),
                    *must(sa.Text, "session_id"), *must(sa.DateTime, "opened_at"))
    op.create_table("trial", key(sa.Text, "run_id"), whose("user_id", "trial", "user.id"),
                    *must(sa.Text, "wpid", "label"), *must(Json, "onwards"),
                    *must(sa.Boolean, "is_followed"), *may(sa.Integer, "version"),
                    *may(sa.Text, "status"), *must(sa.DateTime, "started_at"))
    op.create_index("ix_trial_user_id_wpid", "trial", ["user_id", "wpid"])
    op.create_table("parcel", key(sa.Text, "id"), whose("user_id", "parcel", "user.id"), *must(sa.Text, "kind"),
                    *must(sa.LargeBinary, "content"), *must(sa.Boolean, "taken"),
                    *must(sa.DateTime, "created_at", "expires_at"))
    op.create_index("ix_parcel_expires_at", "parcel", ["expires_at"])
    op.create_table("export_round", key(sa.Text, "id"), *must(sa.Text, "state"), *may(sa.Text, "asked_by"),
                    *must(sa.DateTime, "asked_at"), *may(sa.DateTime, "finished_at"),
                    *may(sa.Integer, "workflows", "changed"), *may(sa.Text, "revision", "pushed", "problem"))
    op.create_index("ix_export_round_asked_at", "export_round", ["asked_at"])
    op.create_index("ix_audit_log_resource_id", "audit_log", ["resource_id"])


def downgrade() -> None:
    op.drop_index("ix_audit_log_resource_id", "audit_log")
    for table in ("schedule_watch", "trial", "trial_browser", "export_round", "parcel", "batch_row", "batch",
                  "workflow_favourite", "draft_revision", "workflow_draft"):
        op.drop_table(table)
