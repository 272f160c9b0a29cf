"""The people who may sign in, as admins manage them. At least one admin can always come in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, or_, select
from sqlalchemy.exc import IntegrityError

from ..audit import Actor, record
from ..auth import invitations
from ..auth.passwords import hash_password, weakness
from ..auth.rules import CREDENTIAL, WeakPassword, canonical_email
from ..database import writing
from ..extensions import db
from ..models import Account, Installation, Session, User
from ..models.columns import now

ROLES = ("user", "admin")


class EmailTaken(Exception):
    """Somebody has this address already."""


class LastAdmin(Exception):
    """Nobody could administer the installation any more."""


class NotYourself(Exception):
    """People do not ban or remove themselves."""


class NoSuchPerson(Exception):
    """Nobody has this id."""


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person in the list, with when they were last seen."""

    user: User
    last_seen: datetime | None
    sessions: int


def list_people(search: str = "") -> list[PersonRow]:
    """Everybody, by name; with `search` those whose name or address holds it."""
    alive = (
        select(Session.user_id, func.max(Session.updated_at).label("seen"), func.count().label("open"))
        .where(Session.expires_at > now()).group_by(Session.user_id).subquery()
    )
    query = select(User, alive.c.seen, alive.c.open).join(alive, alive.c.user_id == User.id, isouter=True)
    if search:
        query = query.where(or_(User.name.icontains(search, autoescape=True),
                                User.email.icontains(search, autoescape=True)))
    rows = db.session.execute(query.order_by(func.lower(User.name), User.id)).all()
    return [PersonRow(user, seen, count or 0) for user, seen, count in rows]


def create_person(name: str, email: str, role: str, password: str | None, actor: Actor) -> tuple[User, str | None]:
    """A new person: (the person, the secret of a one-time link when no password was given).

    Raises EmailTaken and WeakPassword."""
    if password is not None and (sentence := weakness(password, name, email)):
        raise WeakPassword(sentence)
    hashed = hash_password(password) if password is not None else None
    try:
        with writing() as session:
            user = User(name=name, email=canonical_email(email), role=role)
            session.add(user)
            session.flush()
            if hashed:
                session.add(Account(account_id=user.id, provider_id=CREDENTIAL, user_id=user.id, password=hashed))
            secret = None if hashed else invitations.invite(user.id)
            record(actor, "user.create", "user", user.id, name=name, email=user.email, role=role)
    except IntegrityError as error:
        if db.session.scalar(select(User.id).where(User.email == canonical_email(email))):
            raise EmailTaken from error
        raise
    return user, secret


def create_link(user_id: str, actor: Actor) -> str:
    """The secret of a new one-time link to set a password. The old password works until the link is used."""
    with writing():
        _locked(user_id)
        secret = invitations.invite(user_id)
        record(actor, "user.invite", "user", user_id)
    return secret


def set_role(user_id: str, role: str, actor: Actor) -> User:
    """Makes somebody an admin or a user, from their next request on. Raises LastAdmin."""
    with writing():
        user = _locked(user_id)
        old, user.role = user.role, role
        _keep_an_admin()
        record(actor, "user.set_role", "user", user_id, old=old, new=role)
    return user


def ban(user_id: str, reason: str | None, until: datetime | None, actor: Actor) -> User:
    """Shuts somebody out: their sessions end now. `until` is naive UTC. Raises NotYourself and LastAdmin."""
    if user_id == actor.id:
        raise NotYourself
    with writing() as session:
        user = _locked(user_id)
        user.banned, user.ban_reason, user.ban_expires = True, reason, until
        _keep_an_admin()
        session.execute(delete(Session).where(Session.user_id == user_id))
        record(actor, "user.ban", "user", user_id, reason=reason, until=until.isoformat() if until else None)
    return user


def unban(user_id: str, actor: Actor) -> User:
    """Lets somebody in again; they have to sign in anew."""
    with writing():
        user = _locked(user_id)
        user.banned, user.ban_reason, user.ban_expires = False, None, None
        record(actor, "user.unban", "user", user_id)
    return user


def remove(user_id: str, actor: Actor) -> None:
    """Deletes somebody with their sessions. What they did stays in the audit log, under their name.

    Raises NotYourself and LastAdmin."""
    if user_id == actor.id:
        raise NotYourself
    with writing() as session:
        user = _locked(user_id)
        name, email = user.name, user.email
        session.execute(delete(Session).where(Session.user_id == user_id))
        session.execute(delete(Account).where(Account.user_id == user_id))
        session.delete(user)
        session.flush()
        _keep_an_admin()
        record(actor, "user.delete", "user", user_id, name=name, email=email)


def rename(user_id: str, name: str, actor: Actor) -> None:
    """Gives a person another name."""
    with writing():
        user = _locked(user_id)
        old, user.name = user.name, name
        record(actor, "user.update", "user", user_id, old=old, new=name)


def _locked(user_id: str) -> User:
    """The person, with the installation's row held so that two such changes wait for each other."""
    db.session.execute(select(Installation).with_for_update()).all()
    user = db.session.get(User, user_id, populate_existing=True)
    if user is None:
        raise NoSuchPerson
    return user


def _keep_an_admin() -> None:
    db.session.flush()
    free = or_(User.banned.is_(None), User.banned.is_(False))
    if not db.session.scalar(select(func.count()).select_from(User).where(User.role == "admin", free)):
        raise LastAdmin
