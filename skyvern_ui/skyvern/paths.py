"""Is this path canonical? Rejected, never repaired: what is judged is what is sent."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple
from urllib.parse import unquote_to_bytes


class Refusal(NamedTuple):
    """Why a path goes nowhere: a code for programs, a sentence for people, an HTTP status."""

    code: str
    sentence: str
    status: int


# RFC 3986 pchar without the semicolon, which some servers read as a path parameter.
_PLAIN = re.compile(r"[A-Za-z0-9\-._~!$&'()*+,=:@]+(?:/[A-Za-z0-9\-._~!$&'()*+,=:@]+)*")
_ESCAPED = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,=:@/]|%[0-9A-Fa-f]{2})+")
_HIDING = frozenset("./\\%?#;")
_NEVER_ESCAPED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
_LONGEST = 2048

NOT_CANONICAL = Refusal(
    "path_not_canonical",
    "The path is not written in its plain form, so it was not passed on.",
    400,
)


def segments_of(raw_path: str | bytes) -> list[str] | Refusal:
    """The segments of an undecoded path, still undecoded, or why it is refused.

    Refused: dot segments in any spelling, empty segments (so also a leading, doubled or trailing slash),
    backslashes, semicolons, control bytes, anything outside ASCII, escapes of `. / \\ % ? # ;`, escapes
    that are not UTF-8, escaped letters and digits (RFC 3986 6.2.2.2: they have one plain spelling), and
    escaped characters that are invisible or fold into one of those.
    """
    if isinstance(raw_path, bytes):
        if not raw_path.isascii():
            return NOT_CANONICAL
        raw_path = raw_path.decode("ascii")
    if len(raw_path) > _LONGEST:
        return Refusal("path_too_long", "The path is longer than any Skyvern route.", 400)
    if _PLAIN.fullmatch(raw_path) is None and not _is_escaped_well(raw_path):
        return NOT_CANONICAL
    segments = raw_path.split("/")
    if "" in segments or "." in segments or ".." in segments:
        return NOT_CANONICAL
    return segments


def _is_escaped_well(path: str) -> bool:
    if _ESCAPED.fullmatch(path) is None:
        return False
    for piece in re.findall(r"(?:%[0-9A-Fa-f]{2})+", path):
        try:
            text = unquote_to_bytes(piece).decode("utf-8")
        except UnicodeDecodeError:
            return False
        if any(unicodedata.category(char)[0] == "C" or char in "\u2028\u2029" for char in text):
            return False
        folded = unicodedata.normalize("NFKC", text)
        if not (_HIDING.isdisjoint(folded) and _HIDING.isdisjoint(text) and _NEVER_ESCAPED.isdisjoint(text)):
            return False
    return True
