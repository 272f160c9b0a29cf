"""Everything that must not be in a support bundle: each secret this server knows, in each way it may be written."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from flask import Flask
from sqlalchemy import select

from ...config import Settings
from ...extensions import db
from ...models.watch import Watch
from ...notices.rules import secret_place
from ...sealed import CannotOpen, Sealer
from ...settings.found_rules import find_keys
from ..patient import read_patient
from ..scrub import SHORTEST, Scrub, secrets_of

LONG_ENOUGH = 8  # of a part of base64: shorter ones are ordinary words


def scrub_of_everything(app: Flask) -> Scrub:
    """What takes every secret out of a text. Opens the sealed ones, each for this; password hashes are not among
    them, because nothing that makes a bundle reads them. Call it inside an application."""
    settings: Settings = app.config["SETTINGS"]
    patient = read_patient(app)
    key = patient.connection.key if patient.connection else ""
    known = {*secrets_of(settings, key, *(each.key for each in patient.upstreams)),
             *(found.key for found in find_keys(settings)), *_secrets_of_watches(app.extensions["sealer"])}
    known |= {unquote(secret) for secret in known}
    return Scrub(form for secret in known if len(secret) >= SHORTEST for form in (secret, *_inside(secret)))


def _secrets_of_watches(sealer: Sealer) -> Iterator[str]:
    try:
        rows = db.session.execute(select(Watch.id, Watch.secret).where(Watch.secret.is_not(None))).all()
    finally:
        db.session.remove()
    for row in rows:
        try:
            yield sealer.open(row.secret, secret_place(row.id))
        except CannotOpen:
            continue  # nobody can read it, and so it can be nowhere


def _inside(secret: str) -> Iterable[str]:
    """The secret as it looks in the middle of something longer that was encoded: base64 has three ways, by where it
    begins."""
    raw = secret.encode()
    yield raw.hex()
    yield raw.hex().upper()
    for before in range(3):
        length = (len(raw) + before) // 3 * 3
        whole = base64.b64encode((b"\0" * before + raw)[:length]).decode()
        core = whole[(before * 8 + 5) // 6:]
        if len(core) >= LONG_ENOUGH:
            yield core
            yield core.replace("+", "-").replace("/", "_")
