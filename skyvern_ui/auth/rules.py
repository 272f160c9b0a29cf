"""Signing in and out, and one's own sessions and password."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import delete, func, select, update

from ..audit import Actor, record
from ..database import changed, writing
from ..extensions import db
from ..models import Account, Session, User
from ..models.columns import now
from . import limits
from .passwords import check_password, hash_password, weakness

CREDENTIAL = "credential"
SLOWEST_SECONDS = 0.25


class WrongCredentials(Exception):
    """Unknown address, wrong password or banned: nobody is told which."""


class WeakPassword(Exception):
    """The text is the sentence to show."""


def token_hash(token: str) -> str:
    """What the session table stores of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def canonical_email(text: str) -> str:
    """The form an address is stored and counted under."""
    return text.strip().lower()


def sign_in(email: str, password: str, actor: Actor, seconds: int) -> tuple[str, User, Session]:
    """A new session: (the token for the cookie, the person, the row). `seconds` is how long it lasts at most.

    Raises WrongCredentials alike for every reason and after at least a quarter of a second, and TooMany when the
    account from this address, the address or the account was tried too often.
    """
    started = time.monotonic()
    email = canonical_email(email)
    address = limits.network(actor.ip)
    attempt_actor = replace(actor, kind="person", name=email[:200])
    try:
        limits.spend(limits.ACCOUNT_AND_ADDRESS, email, address)
        limits.spend(limits.ADDRESS, address)
        limits.spend(limits.ACCOUNT, email)
    except limits.TooMany as error:
        _audit(attempt_actor, "session.create", "refused", 429)
        raise error
    found = db.session.execute(
        select(User, Account).join(Account, Account.user_id == User.id, isouter=True)
        .where(func.lower(User.email) == email)
        .order_by((Account.provider_id == CREDENTIAL).desc())
    ).first()
    user, account = (found[0], found[1]) if found else (None, None)
    stored = account.password if account is not None and account.provider_id == CREDENTIAL else None
    user_id, banned = (user.id, user.is_banned) if user else (None, False)
    db.session.remove()
    right, stale = check_password(stored, password)
    if not right or user_id is None or banned:
        _audit(attempt_actor, "session.create", "refused", 401)
        time.sleep(max(0.0, SLOWEST_SECONDS + secrets.randbelow(60) / 1000 - (time.monotonic() - started)))
        raise WrongCredentials
    new_hash = hash_password(password) if stale else None
    with writing() as session:
        user = session.get(User, user_id)
        if user is None or user.is_banned:
            raise WrongCredentials
        if new_hash:
            session.execute(update(Account).where(Account.user_id == user_id, Account.provider_id == CREDENTIAL)
                            .values(password=new_hash, updated_at=now()))
        token, row = _open(user, actor, seconds)
        record(replace(actor, kind="person", id=user.id, name=user.name, session_id=row.id),
               "session.create", "session", row.id)
    limits.forgive(limits.ACCOUNT_AND_ADDRESS, email, address)
    return token, user, row


def open_session(user: User, actor: Actor, seconds: int) -> tuple[str, Session]:
    """A session for somebody who has just proven who they are (setup, one-time link). Call inside `writing()`."""
    return _open(user, actor, seconds)


def sign_out(session_id: str, actor: Actor) -> None:
    """Ends this session, on every worker."""
    with writing() as session:
        session.execute(delete(Session).where(Session.id == session_id))
        record(actor, "session.delete", "session", session_id)


def list_sessions(user_id: str) -> Sequence[Session]:
    """A person's live sessions, the last used first."""
    return db.session.scalars(
        select(Session).where(Session.user_id == user_id, Session.expires_at > now())
        .order_by(Session.updated_at.desc())
    ).all()


def revoke_session(session_id: str, user_id: str, actor: Actor) -> bool:
    """Ends one session of this person. False when it is not theirs or already over."""
    with writing() as session:
        gone = changed(session.execute(
            delete(Session).where(Session.id == session_id, Session.user_id == user_id)
        ))
        if gone:
            record(actor, "session.revoke", "session", session_id, of=user_id)
    return bool(gone)


def revoke_sessions(user_id: str, actor: Actor, keep: str | None = None) -> int:
    """Ends all sessions of this person but `keep`. How many there were."""
    with writing() as session:
        gone = changed(session.execute(
            delete(Session).where(Session.user_id == user_id, Session.id != (keep or ""))
        ))
        record(actor, "session.revoke", "user", user_id, sessions=gone)
    return int(gone)


def change_password(user_id: str, current: str, new: str, actor: Actor, keep: str | None) -> None:
    """Sets a new password; every other session ends. Raises WrongCredentials, WeakPassword or TooMany."""
    limits.spend(limits.PASSWORD_CHANGE, user_id)
    user, stored = _user_and_hash(user_id)
    if not check_password(stored, current)[0]:
        with writing():
            record(actor, "password.update", "user", user_id, outcome="refused", status=401)
        raise WrongCredentials
    if sentence := weakness(new, user.name, user.email):
        raise WeakPassword(sentence)
    set_password(user_id, new, actor, keep)


def set_password(user_id: str, password: str, actor: Actor, keep: str | None = None) -> None:
    """Stores a new password and ends the sessions that were opened with the old one. Raises WeakPassword."""
    user, _ = _user_and_hash(user_id)
    if sentence := weakness(password, user.name, user.email):
        raise WeakPassword(sentence)
    hashed = hash_password(password)
    with writing() as session:
        count = changed(session.execute(
            update(Account).where(Account.user_id == user_id, Account.provider_id == CREDENTIAL)
            .values(password=hashed, updated_at=now())
        ))
        if not count:
            session.add(Account(account_id=user_id, provider_id=CREDENTIAL, user_id=user_id, password=hashed))
        session.execute(delete(Session).where(Session.user_id == user_id, Session.id != (keep or "")))
        record(actor, "password.update", "user", user_id)


def touch(session_id: str) -> None:
    """Notes that the session was used just now."""
    with writing() as session:
        session.execute(update(Session).where(Session.id == session_id).values(updated_at=now()))


def prove(user_id: str, password: str) -> bool:
    """True when this is the person's password: asked again before dangerous changes. Raises TooMany."""
    limits.spend(limits.PASSWORD_CHANGE, user_id)
    return check_password(_user_and_hash(user_id)[1], password)[0]


def _user_and_hash(user_id: str) -> tuple[User, str | None]:
    user = db.session.get_one(User, user_id)
    stored = db.session.scalar(
        select(Account.password).where(Account.user_id == user_id, Account.provider_id == CREDENTIAL)
    )
    db.session.expunge_all()
    db.session.remove()
    return user, stored


def _open(user: User, actor: Actor, seconds: int) -> tuple[str, Session]:
    token = secrets.token_urlsafe(32)
    moment = now()
    row = Session(
        token=token_hash(token), user_id=user.id, expires_at=moment + timedelta(seconds=seconds),
        created_at=moment, updated_at=moment, ip_address=actor.ip, user_agent=(actor.user_agent or "")[:400] or None,
    )
    db.session.add(row)
    db.session.flush()
    return token, row


def _audit(actor: Actor, action: str, outcome: str, status: int) -> None:
    with writing():
        record(actor, action, "session", None, outcome=outcome, status=status)
