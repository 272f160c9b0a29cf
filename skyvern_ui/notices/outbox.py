"""What is to be sent, and what became of it. A row is claimed before anything is sent: that decides who sends it.

Statuses: `due` → `sending` → `sent` | `due` again | `failed` | `unknown`. A row left in `sending` belonged to a
process that died: a webhook is sent again (its receiver can tell by the id), an e-mail is not, because it may have
gone; `stopped` and `dropped` were never sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from ..database import changed, writing
from ..extensions import db
from ..models import User
from ..models.columns import now
from ..models.watch import Notice, Watch

SENDING_LASTS = timedelta(minutes=5)
WAITS = (15, 60, 300, 900, 3600, 3 * 3600)  # seconds between tries, the last one again and again
GIVEN_UP_AFTER = timedelta(hours=24)
LOST = "The server stopped while it was being sent. It may have arrived; it is not sent a second time."


@dataclass(frozen=True, slots=True)
class Letter:
    """One notice that is this process's to send."""

    notice_id: str
    watch_id: str
    user_id: str
    email: str | None
    run_id: str
    occasion: str
    channel: str
    address: str
    content: dict[str, Any]
    secret: str | None
    tries: int
    created_at: datetime


def settle_lost() -> None:
    """Decides about what died with its process while it was being sent."""
    lost = (Notice.status == "sending", Notice.next_try_at < now())
    if db.session.scalar(select(Notice.id).where(*lost).limit(1)) is None:
        return
    with writing() as session:
        session.execute(update(Notice).where(*lost, Notice.channel == "email").values(status="unknown", problem=LOST))
        session.execute(update(Notice).where(*lost, Notice.channel == "webhook").values(status="due"))


def claim_next() -> Letter | None:
    """The next one that is due, now this process's own to send; None when there is none."""
    for _ in range(10):
        due = (Notice.status == "due", Notice.next_try_at <= now(), Notice.channel != "browser")
        found = db.session.execute(
            select(Notice, Watch.secret, User.email).join(Watch, Watch.id == Notice.watch_id)
            .join(User, User.id == Notice.user_id, isouter=True).where(*due)
            .order_by(Notice.next_try_at, Notice.id).limit(1)).first()
        if found is None:
            return None
        row: Notice = found[0]
        letter = Letter(row.id, row.watch_id, row.user_id, found[2], row.run_id, row.occasion, row.channel,
                        row.address, dict(row.content), found[1], row.tries + 1, row.created_at)
        with writing() as session:
            mine = changed(session.execute(
                update(Notice).where(Notice.id == letter.notice_id, Notice.status == "due",
                                     Notice.tries == letter.tries - 1)
                .values(status="sending", tries=letter.tries, next_try_at=now() + SENDING_LASTS)))
        if mine:
            return letter
    return None


def settle(letter: Letter, status: str, problem: str | None = None) -> None:
    """How it ended: `sent`, `failed`, `unknown` or `dropped`."""
    _settle(letter, status=status, problem=problem, sent_at=now() if status == "sent" else None)


def settle_for_later(letter: Letter, problem: str) -> None:
    """It was certainly not taken: it is tried again later, for a day."""
    pause = timedelta(seconds=WAITS[min(letter.tries, len(WAITS)) - 1])
    if now() + pause > letter.created_at + GIVEN_UP_AFTER:
        _settle(letter, status="failed", problem=f"{problem} It was tried {letter.tries} times in a day.")
    else:
        _settle(letter, status="due", problem=problem, next_try_at=now() + pause)


def claim_news(user_id: str, most: int = 5) -> list[tuple[str, str, dict[str, Any]]]:
    """(run, occasion, content) of what this person's pages have not shown yet; from now on it is shown."""
    waiting = (Notice.user_id == user_id, Notice.channel == "browser", Notice.status == "due")
    query = select(Notice.id, Notice.run_id, Notice.occasion, Notice.content).where(*waiting)
    rows = db.session.execute(query.order_by(Notice.created_at, Notice.id).limit(most)).all()
    if not rows:
        return []
    with writing() as session:
        mine = set(session.scalars(update(Notice).where(*waiting, Notice.id.in_([row.id for row in rows]))
                                   .values(status="sent", sent_at=now()).returning(Notice.id)))
    return [(row.run_id, row.occasion, dict(row.content)) for row in rows if row.id in mine]


def _settle(letter: Letter, **values: Any) -> None:
    with writing() as session:
        session.execute(update(Notice).where(Notice.id == letter.notice_id, Notice.status == "sending",
                                             Notice.tries == letter.tries).values(**values))
