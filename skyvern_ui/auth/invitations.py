"""One-time links to set a password: made by an admin, shown once, good once."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import delete, select

from ..audit import Actor, record
from ..database import changed, writing
from ..extensions import db
from ..models import Account, Session, User, Verification
from ..models.columns import now
from . import limits
from .passwords import hash_password, weakness
from .rules import CREDENTIAL, WeakPassword, open_session, token_hash

PURPOSE = "password:"
DAYS = 3


class Spent(Exception):
    """The link was used, replaced, or has run out."""


def invite(user_id: str) -> str:
    """The secret of a new link for this person; an older link stops working. Call inside `writing()`."""
    secret = secrets.token_urlsafe(32)
    db.session.execute(delete(Verification).where(Verification.identifier == PURPOSE + user_id))
    db.session.add(Verification(identifier=PURPOSE + user_id, value=token_hash(secret),
                                expires_at=now() + timedelta(days=DAYS)))
    return secret


def find(secret: str) -> User | None:
    """The person a link is for, or None when it is not good any more."""
    link = db.session.scalar(select(Verification).where(
        Verification.value == token_hash(secret), Verification.identifier.startswith(PURPOSE, autoescape=True),
        Verification.expires_at > now()))
    return db.session.get(User, link.identifier.removeprefix(PURPOSE)) if link else None


def redeem(secret: str, password: str, actor: Actor, seconds: int) -> str:
    """Sets the password, ends the person's other sessions and opens one: the token for the cookie.

    Raises WeakPassword, Spent or TooMany."""
    limits.spend(limits.LINK, limits.network(actor.ip))
    person = find(secret)
    if person is None:
        raise Spent
    if sentence := weakness(password, person.name, person.email):
        raise WeakPassword(sentence)
    user_id = person.id
    db.session.remove()
    hashed = hash_password(password)
    with writing() as session:
        used = changed(session.execute(delete(Verification).where(
            Verification.value == token_hash(secret), Verification.expires_at > now())))
        user = session.get(User, user_id)
        if not used or user is None or user.is_banned:
            raise Spent
        session.execute(delete(Session).where(Session.user_id == user_id))
        account = session.scalar(select(Account).where(Account.user_id == user_id,
                                                       Account.provider_id == CREDENTIAL))
        if account is None:
            session.add(Account(account_id=user_id, provider_id=CREDENTIAL, user_id=user_id, password=hashed))
        else:
            account.password = hashed
        token, row = open_session(user, actor, seconds)
        record(replace(actor, kind="person", id=user_id, name=user.name, session_id=row.id),
               "password.create", "user", user_id)
    return token
