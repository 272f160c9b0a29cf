"""The first run. One of any number of simultaneous setups wins: the installation's row has a fixed key."""

from __future__ import annotations

import hmac

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from ..audit import Actor, record
from ..auth import limits
from ..auth.passwords import hash_password, weakness
from ..auth.rules import CREDENTIAL, WeakPassword, canonical_email, open_session
from ..database import writing
from ..extensions import db
from ..models import Account, Installation, User


class AlreadySetUp(Exception):
    """Somebody was faster, or it was done long ago."""


class WrongToken(Exception):
    """SETUP_TOKEN is set, and this is not it."""


def needs_setup() -> bool:
    """True while nobody has set this installation up. An emptied user table does not open it again."""
    done = db.session.scalar(select(func.count()).select_from(Installation))
    return not done and not db.session.scalar(select(func.count()).select_from(User))


def check_token(wanted: str | None, given: str | None, actor: Actor) -> None:
    """Raises WrongToken, or TooMany after ten tries a minute from one address."""
    if wanted is None:
        return
    limits.spend(limits.SETUP, limits.network(actor.ip))
    if not hmac.compare_digest((given or "").encode("utf-8", "replace"), wanted.encode()):
        raise WrongToken


def set_up(name: str, email: str, password: str, actor: Actor, seconds: int) -> tuple[User, str]:
    """The first admin and a session: (the person, the token for the cookie). Raises AlreadySetUp, WeakPassword."""
    if sentence := weakness(password, name, email):
        raise WeakPassword(sentence)
    if not needs_setup():
        raise AlreadySetUp
    db.session.remove()
    hashed = hash_password(password)
    try:
        with writing() as session:
            user = User(name=name, email=canonical_email(email), role="admin")
            session.add(user)
            session.flush()
            session.add(Installation(id=1, claimed_by=user.id))
            session.flush()
            if session.scalar(select(func.count()).select_from(User)) != 1:
                raise AlreadySetUp
            session.add(Account(account_id=user.id, provider_id=CREDENTIAL, user_id=user.id, password=hashed))
            token, row = open_session(user, actor, seconds)
            who = Actor("person", user.id, name, actor.ip, actor.user_agent, row.id, actor.request_id)
            record(who, "setup.create", "user", user.id, email=user.email)
    except IntegrityError as error:
        if needs_setup():
            raise
        raise AlreadySetUp from error
    return user, token
