from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions import db
from .columns import Moment, new_id, now


class WorkflowDraft(db.Model):
    """What one person has changed in one workflow and not saved yet. `position` is the revision that is shown;
    revisions above it can be done again. `base` is the document of `base_version`, packed, as it was when the draft
    began: what a save is compared with. `wpid` is `draft_` and a random id for a workflow that Skyvern does not
    know yet."""

    __tablename__ = "workflow_draft"
    __table_args__ = (UniqueConstraint("user_id", "wpid", name="uq_workflow_draft_user_id_wpid"),)

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), nullable=False)
    wpid: Mapped[str] = mapped_column(Text, nullable=False)
    base_version: Mapped[int | None] = mapped_column(Integer)
    base: Mapped[bytes] = mapped_column(LargeBinary, nullable=False)
    position: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    created_at: Mapped[datetime] = mapped_column(Moment, nullable=False, default=now)
    updated_at: Mapped[datetime] = mapped_column(Moment, nullable=False, default=now)


class DraftRevision(db.Model):
    """One state of a draft: the whole document, packed (zlib over JSON), and in words what was done."""

    __tablename__ = "draft_revision"

    draft_id: Mapped[str] = mapped_column(ForeignKey("workflow_draft.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    document: Mapped[bytes] = mapped_column(LargeBinary, nullable=False)
    what: Mapped[str] = mapped_column(Text, nullable=False)
    made_at: Mapped[datetime] = mapped_column(Moment, nullable=False, default=now)
