"""Links to one run: made, found again by their signature, revoked, counted.

The link is the row's id, signed with the secret keys, so that nobody can guess one and an older key still reads what it
signed. A link ends by its time, by being revoked, and with its maker: somebody who is shut out or removed, or who may
not see the run any more because runs became private, shares nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import func, select, update

from ..audit import Actor, record
from ..auth import limits
from ..database import changed, writing
from ..extensions import db
from ..models import AuditLog, Claim, Share, User
from ..models.columns import new_id, now

LIFETIMES = {"hour": ("1 hour", timedelta(hours=1)), "day": ("1 day", timedelta(days=1)),
             "week": ("7 days", timedelta(days=7)), "month": ("30 days", timedelta(days=30))}
MOST_OF_A_RUN = 50
NOBODYS = "0" * 32
LONGEST_TOKEN = 300
SALT = "skyvern-ui share v1"
WRONG = limits.Limit("shared link address", 30, 60)
OPENED = limits.Limit("shared link opened", 1, 600)


class Unknown(Exception):
    """Nobody made this link, or somebody changed it."""


class Ended(Exception):
    """The link was good once."""


class TooManyLinks(Exception):
    """This run has as many links as a run may have."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What a good link opens."""

    share_id: str
    run_id: str
    shows_inputs: bool
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ShareRow:
    """A link in a list. Times are naive UTC."""

    share: Share
    state: str  # "good", "ended" (ran out), "revoked" or "orphaned" (its maker is gone or shut out)


def create_share(run_id: str, lifetime: str, shows_inputs: bool, actor: Actor) -> str:
    """A new link to this run; returns its id. `lifetime` is a key of LIFETIMES. Raises TooManyLinks."""
    words, span = LIFETIMES[lifetime]
    share_id = new_id()
    with writing() as session:
        living = session.scalar(select(func.count()).select_from(Share).where(
            Share.run_id == run_id, Share.revoked_at.is_(None), Share.expires_at > now())) or 0
        if living >= MOST_OF_A_RUN:
            raise TooManyLinks
        session.add(Share(id=share_id, run_id=run_id, shows_inputs=shows_inputs, created_by=actor.id or "",
                          created_by_name=actor.name, expires_at=now() + span))
        record(actor, "share.create", "run", run_id, link=share_id, lasts=words, shows_inputs=shows_inputs)
    db.session.remove()
    return share_id


def revoke_share(share_id: str, actor: Actor) -> bool:
    """Ends a link from the next request on. False when it had been revoked already."""
    try:
        with writing() as session:
            run_id = session.scalar(select(Share.run_id).where(Share.id == share_id))
            gone = changed(session.execute(update(Share).where(Share.id == share_id, Share.revoked_at.is_(None))
                                           .values(revoked_at=now(), revoked_by_name=actor.name)))
            if gone:
                record(actor, "share.revoke", "run", run_id, link=share_id)
        return bool(gone)
    finally:
        db.session.remove()


def list_shares(run_id: str | None = None) -> list[ShareRow]:
    """The links of a run, or the newest two hundred of all, newest first."""
    query = select(Share, User).outerjoin(User, User.id == Share.created_by).order_by(Share.created_at.desc())
    rows = db.session.execute(query.where(Share.run_id == run_id) if run_id else query.limit(200)).all()
    return [ShareRow(share, _state(share, user)) for share, user in rows]


def share_of(run_id: str, share_id: str) -> Share | None:
    """A link of this run."""
    return db.session.scalar(select(Share).where(Share.id == share_id, Share.run_id == run_id))


def token_of(share_id: str, secret_keys: Sequence[str]) -> str:
    """What stands in the address."""
    return _serializer(secret_keys).dumps(share_id)


def find(token: str, secret_keys: Sequence[str], *, private_runs: bool, ip: str | None) -> Shared:
    """What a link opens. The same work is done for a good one and a bad one. Raises Unknown, Ended, and TooMany for
    an address that tries too many wrong ones."""
    share_id = NOBODYS
    try:
        said = _serializer(secret_keys).loads(token[:LONGEST_TOKEN])
        share_id = said if isinstance(said, str) else NOBODYS
    except BadData:
        pass
    try:
        row = db.session.execute(
            select(Share, User, Claim.actor_id).outerjoin(User, User.id == Share.created_by)
            .outerjoin(Claim, Claim.upstream_id == Share.run_id).where(Share.id == share_id)).first()
        if row is not None:
            share, user, owner = row
            hidden = private_runs and user is not None and not user.is_admin and owner != user.id
            if hidden or _state(share, user) != "good":
                raise Ended
            return Shared(share.id, share.run_id, share.shows_inputs, share.expires_at)
    finally:
        db.session.remove()
    limits.spend(WRONG, limits.network(ip))
    raise Unknown


def note_opening(shared: Shared, actor: Actor) -> None:
    """Writes down that a link was opened: once in ten minutes for each link and address, however often a page polls."""
    recently = select(AuditLog.id).where(
        AuditLog.created_at > now() - timedelta(seconds=OPENED.seconds), AuditLog.action == "share.open",
        AuditLog.resource_id == shared.run_id, AuditLog.ip_address == actor.ip,
        AuditLog.user_id == shared.share_id).limit(1)
    try:
        if db.session.scalar(recently) is not None:
            return
        limits.spend(OPENED, shared.share_id, limits.network(actor.ip))
        with writing() as session:
            session.execute(update(Share).where(Share.id == shared.share_id).values(
                opened=Share.opened + 1, last_opened_at=now()))
            record(actor, "share.open", "run", shared.run_id, link=shared.share_id)
    except limits.TooMany:
        return
    finally:
        db.session.remove()


def people_addresses() -> list[str]:
    """The e-mail addresses of our people, which no guest is shown."""
    try:
        return list(db.session.scalars(select(User.email)))
    finally:
        db.session.remove()


def _state(share: Share, maker: User | None) -> str:
    if share.revoked_at is not None:
        return "revoked"
    if share.expires_at <= now():
        return "ended"
    return "orphaned" if maker is None or maker.is_banned else "good"


def _serializer(secret_keys: Sequence[str]) -> URLSafeSerializer:
    """The first key signs, all of them read; itsdangerous wants the newest last."""
    return URLSafeSerializer(list(reversed(secret_keys)), salt=SALT)
