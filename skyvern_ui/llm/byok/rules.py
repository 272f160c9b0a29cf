"""An organisation's own provider key: saved only when the provider takes it, kept sealed, shown by its last four."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import delete, select, update

from ...audit import Actor, record
from ...config import Settings
from ...database import changed, writing
from ...extensions import db
from ...models.columns import now
from ...models.provider_key import ProviderKey
from ...sealed import CannotOpen, Sealer
from ...skyvern.connection import clean_key
from ..base import Unfit, same_origin
from ..upstream import Upstream
from .asking import Refusal, ask_for_models
from .reaching import check_base

LONGEST_KEY, SHOWN_FROM = 500, 12


class ProviderRefused(Exception):
    """This provider key is not saved. The text is one sentence; `field` is `base_url`, `key` or empty."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


class Unreadable(Exception):
    """A key is stored, but it was sealed with a SECRET_KEY that is gone."""


@dataclass(frozen=True, slots=True)
class ProviderFace:
    """What may be shown of a provider key. Times are naive UTC; `last_error` is a sentence, None when all is well."""

    base_url: str
    last4: str
    enabled: bool
    checked_at: datetime | None
    last_error: str | None
    created_by_name: str


def save_provider_key(settings: Settings, sealer: Sealer, org_id: str, base_url: str, key: str,
                      actor: Actor) -> ProviderFace:
    """Tests the key by a free call (`GET {base}/models`), then keeps it, sealed and enabled, in the place of the one
    before. An empty key keeps the stored one, if the address has the same origin. Raises ProviderRefused: then nothing
    has changed."""
    base, secret = _checked(settings, sealer, org_id, base_url, key)
    try:
        _tested(settings, base, secret)
    except ProviderRefused as error:
        raise ProviderRefused(f"{error} Nothing was saved.", error.field) from error
    moment = now()
    with writing() as session:
        row = session.get(ProviderKey, org_id)
        if row is None:
            row = ProviderKey(org_id=org_id)
            session.add(row)
        row.base_url, row.ciphertext, row.enabled = base, sealer.seal(secret, _place(org_id)), True
        row.last4 = secret[-4:] if len(secret) >= SHOWN_FROM else ""
        row.checked_at, row.last_error, row.created_by_name, row.created_at = moment, None, actor.name, moment
        record(actor, "provider_key.save", "organization", org_id, host=urlsplit(base).netloc, ending=row.last4)
        session.flush()
        return _face(row)


def check_provider_key(settings: Settings, sealer: Sealer, org_id: str) -> ProviderFace | None:
    """Tests the stored key again and notes what came of it. None when there is none."""
    trouble = None
    try:
        own = own_provider(sealer, org_id)
        if own is None:
            return None
        _tested(settings, own.upstream.base, own.upstream.key)
    except (ProviderRefused, Unreadable) as error:
        trouble = str(error)
    note(org_id, trouble, checked=True)
    return provider_key_face(org_id)


def delete_provider_key(org_id: str, actor: Actor) -> bool:
    """From the next call on this organisation's calls cost credits again. False when there was no key."""
    with writing() as session:
        row = session.execute(delete(ProviderKey).where(ProviderKey.org_id == org_id)
                              .returning(ProviderKey.base_url)).first()
        if row is not None:
            record(actor, "provider_key.delete", "organization", org_id, host=urlsplit(row[0]).netloc)
        return row is not None


def set_enabled(org_id: str, enabled: bool, actor: Actor) -> bool:
    """Whether calls use the own key (True) or credits (False), from the next call on. False when it was so before, or
    there is no key."""
    with writing() as session:
        done = changed(session.execute(update(ProviderKey).where(
            ProviderKey.org_id == org_id, ProviderKey.enabled != enabled).values(enabled=enabled)))
        if done:
            record(actor, f"provider_key.{'enable' if enabled else 'disable'}", "organization", org_id)
        return bool(done)


def provider_key_face(org_id: str) -> ProviderFace | None:
    """What may be shown of the key, or None."""
    row = db.session.get(ProviderKey, org_id, populate_existing=True)
    return _face(row) if row is not None else None


@dataclass(frozen=True, slots=True)
class OwnProvider:
    """A provider with its key in clear, for asking it; and what was last found wrong with it."""

    upstream: Upstream
    last_error: str | None


def own_provider(sealer: Sealer, org_id: str, only_enabled: bool = False) -> OwnProvider | None:
    """The provider with its key, or None. Holds no connection afterwards. Raises Unreadable."""
    row = db.session.execute(select(ProviderKey.base_url, ProviderKey.ciphertext, ProviderKey.enabled,
                                    ProviderKey.last_error).where(ProviderKey.org_id == org_id)).first()
    db.session.remove()
    if row is None or (only_enabled and not row.enabled):
        return None
    try:
        key = sealer.open(row.ciphertext, _place(org_id))
    except CannotOpen as error:
        raise Unreadable("The stored key cannot be read any more: it was sealed with another SECRET_KEY. Enter it "
                         "again.") from error
    return OwnProvider(Upstream("byok", "The own provider", row.base_url, key), row.last_error)


def note(org_id: str, trouble: str | None, checked: bool = False) -> None:
    """Writes down what is wrong with the key, or that nothing is; only when that is news."""
    with writing() as session:
        statement = update(ProviderKey).where(ProviderKey.org_id == org_id)
        if not checked:
            statement = statement.where(ProviderKey.last_error.is_distinct_from(trouble))
        session.execute(statement.values(last_error=trouble, checked_at=now()))


def _checked(settings: Settings, sealer: Sealer, org_id: str, base_url: str, key: str) -> tuple[str, str]:
    try:
        base = check_base(settings, base_url)
    except Unfit as error:
        raise ProviderRefused(str(error), "base_url") from error
    secret = clean_key(key)
    if not secret:
        secret = _kept(sealer, org_id, base)
    if len(secret) > LONGEST_KEY or not secret.isascii() or not secret.isprintable() or " " in secret:
        raise ProviderRefused("The key holds a line break, a space or a character that no key has: copy it again.",
                              "key")
    return base, secret


def _kept(sealer: Sealer, org_id: str, base: str) -> str:
    try:
        stored = own_provider(sealer, org_id)
    except Unreadable as error:
        raise ProviderRefused(str(error), "key") from error
    if stored is None:
        raise ProviderRefused("Enter the provider's key.", "key")
    if not same_origin(stored.upstream.base, base):
        raise ProviderRefused("The stored key was given for another address. Enter the key for this one.", "key")
    return stored.upstream.key


def _tested(settings: Settings, base: str, secret: str) -> None:
    try:
        ask_for_models(settings, Upstream("byok", "The own provider", base, secret))
    except Refusal as error:
        raise ProviderRefused(str(error), error.field) from error


def _face(row: ProviderKey) -> ProviderFace:
    return ProviderFace(row.base_url, row.last4, row.enabled, row.checked_at, row.last_error, row.created_by_name)


def _place(org_id: str) -> str:
    return f"provider_key:ciphertext:{org_id}"
