"""Handing a one-time code to Skyvern: once, and without keeping it.

What is kept is a digest under our own secret: six digits alone could be guessed from a plain one.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from ..audit import Actor, conclude, intend
from ..database import writing
from ..extensions import db
from ..models import PostedCode
from ..models.columns import now
from ..recorded import outcome_of
from ..skyvern import errors
from ..skyvern.client import Skyvern
from ..skyvern.values import Run, run_kind
from ..skyvern.values.waiting import CodeReceipt
from .waiting_rules import inner_id

SAME_FOR = timedelta(minutes=10)
KEPT_FOR = timedelta(days=1)
LONGEST = 65_536


class PostedAlready(Exception):
    """This very code was handed over for this run within the last ten minutes. `name` says by whom."""

    def __init__(self, name: str, when: datetime) -> None:
        super().__init__(name)
        self.name, self.when = name, when


def hand_over(skyvern: Skyvern, run: Run, identifier: str, content: str, actor: Actor,
              secret_keys: Sequence[str]) -> CodeReceipt:
    """Gives Skyvern a code or a magic link for this run, once. Raises PostedAlready and the errors of Skyvern; after
    one that says it never arrived, the same code may be sent again."""
    digest = _note(run.run_id, identifier, content, actor, secret_keys)
    try:
        row = intend(actor, "code.create", "run", run.run_id)
    except BaseException:
        _forget(digest)
        raise
    try:
        receipt = skyvern.post_code(identifier, content.strip(), _of(run))
    except errors.SkyvernError as error:
        conclude(row, outcome_of(error), error.status)
        if not isinstance(error, errors.TimedOut | errors.Broken):
            _forget(digest)
        raise
    conclude(row, "done", 200)
    return receipt


def last_handed(run_id: str) -> tuple[str, datetime] | None:
    """Who handed over the last code of this run, and when (naive UTC)."""
    try:
        row = db.session.scalar(select(PostedCode).where(PostedCode.run_id == run_id)
                                .order_by(PostedCode.created_at.desc()).limit(1))
        return (row.user_name, row.created_at) if row else None
    finally:
        db.session.remove()


def _of(run: Run) -> dict[str, str]:
    """Which run a code is for, in Skyvern's words; nothing where only the identifier can tell."""
    inner = inner_id(run)
    kind = run_kind(inner)
    return {"workflow_run_id": inner} if kind == "workflow_run" else {"task_id": inner} if kind == "task" else {}


def _note(run_id: str, identifier: str, content: str, actor: Actor, secret_keys: Sequence[str]) -> str:
    """The digest of this code, now noted as handed over. Raises PostedAlready."""
    said = "\n".join((run_id, identifier.strip().lower(), content.strip()))
    digests = [_digest(key, said) for key in secret_keys]
    values: dict[str, Any] = {"run_id": run_id, "user_name": actor.name, "created_at": now()}
    dialect: Any = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    fresh = now() - SAME_FOR
    statement = dialect.insert(PostedCode).values(digest=digests[0], **values).on_conflict_do_update(
        index_elements=["digest"], set_=values, where=PostedCode.created_at < fresh).returning(PostedCode.digest)
    try:
        with writing() as session:
            session.execute(delete(PostedCode).where(PostedCode.created_at < now() - KEPT_FOR))
            found = session.scalar(select(PostedCode).where(PostedCode.digest.in_(digests[1:]),
                                                            PostedCode.created_at >= fresh))
            if found is None and session.execute(statement).first() is not None:
                return digests[0]
            found = found or session.get_one(PostedCode, digests[0])
            raise PostedAlready(found.user_name, found.created_at)
    finally:
        db.session.remove()


def _forget(digest: str) -> None:
    try:
        with writing() as session:
            session.execute(delete(PostedCode).where(PostedCode.digest == digest))
    finally:
        db.session.remove()


def _digest(secret_key: str, said: str) -> str:
    key = hmac.new(secret_key.encode(), b"skyvern-ui posted code v1", hashlib.sha256).digest()
    return hmac.new(key, said.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
