"""With whose key a call goes out: the organisation's own when it has one in use, else this server's. Never one after
the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from ...diagnosis.diagnosis import Reply
from ...doctor.scrub import Scrub, secrets_of
from ...extensions import db
from ...request import settings
from ...services.door import Refused
from ..byok.rules import Unreadable, note, own_provider
from ..known_rules import own_upstream
from ..upstream import Upstream
from .translating import Told, tell


@dataclass(frozen=True, slots=True)
class Credential:
    """Where a call goes, with which key, and what is to be noted about it."""

    org_id: str
    upstream: Upstream
    byok: bool
    has_trouble: bool = False

    def tell(self, reply: Reply, named_model: bool = True) -> Told:
        """An answer that is not good news, for the caller; a refused own key is written down."""
        scrub = Scrub(secrets_of(settings(), self.upstream.key))
        told = tell(reply, scrub, byok=self.byok, named_model=named_model)
        if told.is_of_the_key:
            self._note(f"The provider refused this key: {told.refused.more['upstream'].get('title', '')}".rstrip(": "))
        return told

    def teller(self) -> Callable[[Reply], Told]:
        """`tell` for later, when no request is at hand. Notes nothing."""
        scrub = Scrub(secrets_of(settings(), self.upstream.key))
        return lambda reply: tell(reply, scrub, byok=self.byok)

    def works(self) -> None:
        """A call went through: what was noted of the own key is over."""
        if self.has_trouble:
            self._note(None)

    def _note(self, trouble: str | None) -> None:
        try:
            note(self.org_id, trouble)
        except SQLAlchemyError:  # the answer matters more than the note
            db.session.rollback()
        finally:
            db.session.remove()


def credential_of(org_id: str) -> Credential:
    """Raises Refused when there is no model, or the own key cannot be read: then nothing else is used in its place."""
    try:
        own = own_provider(current_app.extensions["sealer"], org_id, only_enabled=True)
    except Unreadable as error:
        raise Refused(503, "byok_unreadable", "This organisation's own provider key cannot be read. It must be entered "
                      "again; no other key is used.", "server_error", None, {"x-should-retry": "false"}) from error
    if own is not None:
        return Credential(org_id, own.upstream, True, own.last_error is not None)
    shared = own_upstream(settings())
    if shared is None:
        raise Refused(503, "no_model", "No model is connected here: LLM_UPSTREAM_URL is not set.", "server_error", None,
                      {"x-should-retry": "false"})
    return Credential(org_id, shared, False)
