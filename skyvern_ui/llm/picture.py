"""A picture whose colour a model must name: whoever cannot see it can only guess."""

from __future__ import annotations

import base64
import random
import re
import struct
import zlib

SIZE = 96  # pixels each way; some providers refuse pictures smaller than 28
COLOURS: dict[str, tuple[tuple[int, int, int], tuple[str, ...]]] = {
    "red": ((222, 24, 34), ("red", "crimson", "scarlet")),
    "green": ((18, 158, 62), ("green", "emerald")),
    "blue": ((28, 62, 220), ("blue", "azure", "cobalt")),
    "yellow": ((252, 222, 20), ("yellow", "gold", "golden")),
    "black": ((0, 0, 0), ("black",)),
    "purple": ((132, 24, 168), ("purple", "violet", "magenta")),
}
QUESTION = "Which colour fills this picture? Answer with one English word."
BLIND = re.compile(
    r"(?:can(?:no|')t|can not|cannot|unable to|not able to|n[o']t have the ability to|no ability to)\b.{0,60}"
    r"\b(?:see|view|images?|pictures?|visual|open|analy[sz]e|process)"
    r"|text[- ](?:only|based)|no (?:image|picture)|(?:image|picture) (?:was|is|has)(?: not|n't)", re.I | re.S)


def pick_colour() -> str:
    """One of the colours, by chance."""
    return random.SystemRandom().choice(list(COLOURS))


def draw(colour: str) -> bytes:
    """A square of one colour as PNG."""
    row = b"\0" + bytes(COLOURS[colour][0]) * SIZE
    head = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(row * SIZE, 9))
            + _chunk(b"IEND", b""))


def question_about(colour: str) -> list[dict[str, object]]:
    """The messages of a chat that shows the picture and asks."""
    url = "data:image/png;base64," + base64.b64encode(draw(colour)).decode()
    return [{"role": "user", "content": [{"type": "text", "text": QUESTION},
                                         {"type": "image_url", "image_url": {"url": url}}]}]


def names_it(colour: str, said: str) -> bool:
    """Whether an answer names this colour and no other."""
    words = set(re.findall(r"[a-z]+", said.lower()))
    named = {name for name, (_, ways) in COLOURS.items() if words & set(ways)}
    return named == {colour}


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
