"""Password hashing off the event loop.

argon2id for our own hashes; Better Auth's scrypt (`salt:key` in hex, the salt being the hex text itself) is still
read, so people of an adopted database sign in with their old password and are rehashed as they do.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
import unicodedata
from collections.abc import Callable
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ..aside import aside
from ..metrics import PASSWORD_CHECKS

T = TypeVar("T")
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
AT_ONCE = threading.BoundedSemaphore(3)
MIN_LENGTH, MAX_BYTES = 8, 1024
_absent = HASHER.hash("no such person: this hash only keeps the time alike")


def hash_password(password: str) -> str:
    """An argon2id hash. Takes about 45 ms of another thread, none of this one."""
    return _aside(HASHER.hash, _normal(password))


def check_password(stored: str | None, password: str) -> tuple[bool, bool]:
    """(is it right, should it be hashed anew). Without a stored hash it takes as long and is never right."""
    PASSWORD_CHECKS.inc()
    if stored is None:
        _aside(_argon2, _absent, password)
        return False, False
    if stored.startswith("$argon2"):
        right = _aside(_argon2, stored, password)
        return right, right and HASHER.check_needs_rehash(stored)
    right = _aside(_scrypt, stored, password)
    return right, right


def weakness(password: str, *about: str) -> str | None:
    """Why this password should not be used, in one sentence, or None."""
    if len(password) < MIN_LENGTH:
        return f"Use at least {MIN_LENGTH} characters."
    if len(password.encode("utf-8", "replace")) > MAX_BYTES:
        return "Use at most 1024 bytes."
    if "\x00" in password or not password.isascii() and any(0xD800 <= ord(c) <= 0xDFFF for c in password):
        return "This password holds characters that cannot be typed again."
    lowered = password.casefold()
    if len(set(lowered)) < 4 or lowered.strip("0123456789!.") in COMMON:
        return "This password is among the first that are tried. Choose another."
    if any(part and lowered == part.casefold() for part in about):
        return "Do not use your name or e-mail address."
    return None


COMMON = frozenset((
    "", "password", "passwort", "qwerty", "qwertyuiop", "qwertz", "azerty", "letmein", "welcome", "admin",
    "administrator", "iloveyou", "monkey", "dragon", "football", "baseball", "sunshine", "princess", "superman",
    "trustno1", "starwars", "whatever", "computer", "internet", "skyvern", "changeme", "abcdefgh", "abcd", "abc",
    "asdfghjkl", "zxcvbnm", "secret", "master", "hello", "freedom", "login", "passw0rd", "p@ssw0rd", "p@ssword",
))


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def _argon2(stored: str, password: str) -> bool:
    try:
        return HASHER.verify(stored, _normal(password))
    except (VerificationError, InvalidHashError):
        return False


def _scrypt(stored: str, password: str) -> bool:
    salt, _, key = stored.partition(":")
    try:
        wanted = bytes.fromhex(key)
    except ValueError:
        return False
    if not salt or len(wanted) != 64:
        return False
    derived = hashlib.scrypt(_normal(password).encode(), salt=salt.encode(), n=16_384, r=16, p=1,
                             maxmem=128 * 16_384 * 16 * 2, dklen=64)
    return hmac.compare_digest(derived, wanted)


def _aside(work: Callable[..., T], *given: str) -> T:
    with AT_ONCE:
        return aside(work, *given)
