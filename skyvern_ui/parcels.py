"""Something that one person comes back for: kept in the database, packed, for a while, for them alone."""

from __future__ import annotations

import json
import zlib
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, scoped_session

from .database import changed, writing
from .extensions import db
from .models import Parcel
from .models.columns import new_id, now

LASTS = timedelta(hours=2)
MOST_EACH = 20  # of one person and kind


def keep(user_id: str, kind: str, content: Any) -> str:
    """Keeps what JSON can hold and returns its id. What has expired goes, and the oldest of a person who has many."""
    parcel_id = new_id()
    with writing() as session:
        _put(session, user_id, kind, parcel_id, content)
    db.session.remove()
    return parcel_id


def begin(user_id: str, kind: str, parcel_id: str, lasts: timedelta = LASTS) -> bool:
    """True for the first who begins what has this id, in whichever worker: kept, taken and empty until `conclude`, or
    until it has lasted."""
    try:
        with writing() as session:
            _put(session, user_id, kind, parcel_id, None, lasts).taken = True
    except IntegrityError:
        return False
    finally:
        db.session.remove()
    return True


def conclude(user_id: str, kind: str, parcel_id: str, content: Any) -> None:
    """What came of something that was begun, kept for two hours; None makes it as if nobody had begun."""
    mine = (Parcel.id == parcel_id) & (Parcel.user_id == user_id) & (Parcel.kind == kind)
    with writing() as session:
        session.execute(delete(Parcel).where(mine) if content is None else
                        update(Parcel).where(mine).values(content=_packed(content), expires_at=now() + LASTS))
    db.session.remove()


def find(user_id: str, kind: str, parcel_id: str) -> tuple[Any, bool] | None:
    """What was kept and whether it was taken; None for a stranger's, an expired or an unknown one."""
    row = db.session.execute(select(Parcel.content, Parcel.taken).where(
        Parcel.id == parcel_id, Parcel.user_id == user_id, Parcel.kind == kind, Parcel.expires_at > now())).first()
    db.session.remove()
    if row is None:
        return None
    return json.loads(zlib.decompress(row.content).decode("utf-8", "surrogatepass")), row.taken


def take(user_id: str, kind: str, parcel_id: str) -> bool:
    """True for the first who asks, once: what it holds is carried out by nobody else."""
    with writing() as session:
        result = session.execute(update(Parcel).where(
            Parcel.id == parcel_id, Parcel.user_id == user_id, Parcel.kind == kind, Parcel.taken.is_(False),
            Parcel.expires_at > now()).values(taken=True))
        first = changed(result) == 1
    db.session.remove()
    return first


def _put(session: scoped_session[Session], user_id: str, kind: str, parcel_id: str, content: Any,
         lasts: timedelta = LASTS) -> Parcel:
    moment = now()
    session.execute(delete(Parcel).where(Parcel.expires_at <= moment))
    older = session.scalars(select(Parcel.id).where(Parcel.user_id == user_id, Parcel.kind == kind).order_by(
        Parcel.created_at.desc()).offset(MOST_EACH - 1)).all()
    if older:
        session.execute(delete(Parcel).where(Parcel.id.in_(older)))
    made = Parcel(id=parcel_id, user_id=user_id, kind=kind, content=_packed(content), created_at=moment,
                  expires_at=moment + lasts)
    session.add(made)
    return made


def _packed(content: Any) -> bytes:
    return zlib.compress(json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogatepass"), 3)
