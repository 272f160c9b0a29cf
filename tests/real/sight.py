"""What a model that can see says of a picture: the name of the colour that most of it has."""

from __future__ import annotations

import base64
import binascii
import re
import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

COLOURS = {
    "red": (220, 30, 30), "green": (30, 160, 50), "blue": (30, 60, 220), "yellow": (240, 220, 40),
    "orange": (240, 140, 20), "purple": (140, 40, 170), "black": (0, 0, 0), "white": (255, 255, 255),
}
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # PNG colour type: samples of a pixel
DATA_URL = re.compile(r"data:image/png;base64,(?P<data>[A-Za-z0-9+/=\s]+)\Z")
Colour = tuple[int, int, int]


class NotAPicture(ValueError):
    """It is no PNG of eight bits a sample without interlacing."""


def pictures(messages: Any) -> list[str]:
    """The addresses of all pictures in the messages of a chat."""
    parts = [part for message in _each(messages) for part in _each(message.get("content"))]
    found = [part.get("image_url") for part in parts if part.get("type") == "image_url"]
    return [str(each.get("url") if isinstance(each, dict) else each) for each in found]


def name_of(address: str) -> str:
    """The name of the colour that most of the picture has. Raises NotAPicture."""
    match = DATA_URL.match(address)
    if match is None:
        raise NotAPicture("only a PNG in a data: address can be looked at")
    try:
        colour = _most(base64.b64decode(match["data"], validate=False))
    except (ValueError, IndexError, KeyError, struct.error, zlib.error, binascii.Error) as error:
        raise NotAPicture(str(error)) from error
    return min(COLOURS, key=lambda name: sum((a - b) ** 2 for a, b in zip(COLOURS[name], colour, strict=True)))


def _each(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _most(png: bytes) -> Colour:
    if png[:8] != b"\x89PNG\r\n\x1a\n":
        raise NotAPicture("no PNG")
    chunks = list(_chunks(png))
    width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", dict(chunks)[b"IHDR"])
    if depth != 8 or interlaced:
        raise NotAPicture("only eight bits a sample, not interlaced")
    palette = dict(chunks).get(b"PLTE", b"")
    pixels = zlib.decompress(b"".join(data for name, data in chunks if name == b"IDAT"))
    seen: Counter[bytes] = Counter()
    for row in _rows(pixels, width, height, SAMPLES[kind]):
        seen.update(row[at:at + SAMPLES[kind]] for at in range(0, len(row), SAMPLES[kind]))
    most = seen.most_common(1)[0][0]
    if kind == 3:
        most = palette[most[0] * 3:most[0] * 3 + 3]
    return (most[0], most[1], most[2]) if len(most) > 2 else (most[0], most[0], most[0])


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at < len(png):
        length = int.from_bytes(png[at:at + 4], "big")
        yield png[at + 4:at + 8], png[at + 8:at + 8 + length]
        at += 12 + length


def _rows(raw: bytes, width: int, height: int, step: int) -> Iterator[bytes]:
    """The rows with their filters undone (PNG specification, chapter 9)."""
    before = bytearray(width * step)
    for at in range(0, height * (width * step + 1), width * step + 1):
        kind, row = raw[at], bytearray(raw[at + 1:at + 1 + width * step])
        for x in range(len(row)):
            left, above = (row[x - step] if x >= step else 0), before[x]
            corner = before[x - step] if x >= step else 0
            row[x] = (row[x] + (0, left, above, (left + above) // 2, _nearest(left, above, corner))[kind]) % 256
        yield bytes(row)
        before = row


def _nearest(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    return min((left, above, corner), key=lambda each: abs(guess - each))
