"""The tables of the doctor: how each check stood from when to when, and sealed keys of registered models.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

Json = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "checkup", sa.Column("id", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("check", "layer", "verdict", "code")),
        sa.Column("finding", Json, nullable=False),
        *(sa.Column(name, sa.DateTime, nullable=False) for name in ("began_at", "last_at")),
        sa.Column("ended_at", sa.DateTime))
    op.create_index("ix_checkup_check_began_at", "checkup", ["check", "began_at"])
    op.create_index("ix_checkup_ended_at", "checkup", ["ended_at"])
    op.create_table(
        "llm_key", sa.Column("id", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("label", "model_name", "api_base", "sealed_key",
                                                                     "created_by_name")),
        sa.Column("created_at", sa.DateTime, nullable=False))


def downgrade() -> None:
    op.drop_table("llm_key")
    op.drop_table("checkup")
