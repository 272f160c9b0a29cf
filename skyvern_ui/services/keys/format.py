"""How a key of ours is written: `skui_live_<key id>_<secret>_<checksum>`.

The checksum says "mistyped" without asking the database, and lets scanners of secrets know one of ours; the secret is
32 random letters and digits, more than 190 bits, so a plain SHA-256 of it is enough at rest.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
import zlib

LETTERS = string.digits + string.ascii_uppercase + string.ascii_lowercase
OURS = re.compile(r"(skui_live_([0-9A-Za-z]{8})_([0-9A-Za-z]{32}))_([0-9A-Za-z]{6})", re.A)
LONGEST = 512


def new_key(key_id: str) -> str:
    """A fresh key of this id, to be shown once."""
    begun = f"skui_live_{key_id}_{''.join(secrets.choice(LETTERS) for _ in range(32))}"
    return f"{begun}_{_checksum(begun)}"


def new_key_id() -> str:
    """Eight letters and digits that may be shown."""
    return "".join(secrets.choice(LETTERS) for _ in range(8))


def is_mistyped(text: str) -> bool:
    """True for what begins like a key of ours and cannot be one. Keys imported from elsewhere are never mistyped."""
    if not text.startswith("skui_"):
        return False
    match = OURS.fullmatch(text)
    return match is None or _checksum(match[1]) != match[4]


def digest_of(text: str) -> str:
    """What is kept of a key, and what it is found by."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def face_of(text: str) -> tuple[str, str]:
    """The beginning and the last four characters: what is shown of a key. An imported short one shows less."""
    match = OURS.fullmatch(text)
    start = f"skui_live_{match[2]}" if match else text[:min(10, len(text) // 3)]
    return start, text[-4:] if len(text) >= 16 else ""


def _checksum(text: str) -> str:
    number, letters = zlib.crc32(text.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        letters = LETTERS[digit] + letters
    return letters
