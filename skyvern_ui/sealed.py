"""Secrets at rest: AES-256-GCM, bound to the place they are stored in.

A sealed text is `v1:<key id>:<nonce and ciphertext in base64>`. The place (`table:column:row`) is authenticated
with it, so a ciphertext moved to another row does not open. The first of the secret keys seals; all of them open,
which is how keys are rotated.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PREFIX = "v1:"


class CannotOpen(Exception):
    """Sealed with a key we do not have, or moved, or damaged."""


class Sealer:
    """Seals and opens short texts with keys derived from SECRET_KEY."""

    def __init__(self, secret_keys: Sequence[str]) -> None:
        self._keys = {}
        for secret in secret_keys:
            key = hmac.new(secret.encode(), b"skyvern-ui sealed v1", hashlib.sha256).digest()
            self._keys[hashlib.sha256(key).hexdigest()[:8]] = AESGCM(key)

    def seal(self, text: str, place: str) -> str:
        """The text, encrypted for this place."""
        key_id, cipher = next(iter(self._keys.items()))
        nonce = os.urandom(12)
        body = nonce + cipher.encrypt(nonce, text.encode(), place.encode())
        return f"{PREFIX}{key_id}:{base64.b64encode(body).decode()}"

    def open(self, sealed: str, place: str) -> str:
        """The text again. Raises CannotOpen."""
        try:
            version, key_id, encoded = sealed.split(":", 2)
            body = base64.b64decode(encoded, validate=True)
            if version + ":" != PREFIX:
                raise CannotOpen
            return self._keys[key_id].decrypt(body[:12], body[12:], place.encode()).decode()
        except (ValueError, KeyError, InvalidTag) as error:
            raise CannotOpen from error


def is_sealed(text: str) -> bool:
    """False for a value the earlier overlay stored in clear."""
    return text.startswith(PREFIX) and text.count(":") == 2


def fingerprint(secret: str) -> str:
    """What may be shown of a secret: enough to tell two apart, useless to whoever reads it."""
    return hashlib.sha256(b"skyvern-ui fingerprint:" + secret.encode()).hexdigest()[:12]
