"""A page by VNC: enough of RFB 3.8 for a viewer to see it, point at it and type."""

from __future__ import annotations

import struct
import zlib
from functools import lru_cache

from skyvern_ui.sandbox.artifacts import picture
from skyvern_ui.sandbox.frames import Wire
from skyvern_ui.sandbox.steering import PULSE, act, status_of
from skyvern_ui.sandbox.story import FINAL
from skyvern_ui.sandbox.world import Session, World

WIDTH, HEIGHT = 800, 600
NAME = b"Sandbox - simulated"
VERSION = b"RFB 003.008\n"
FORMAT = struct.pack(">BBBBHHHBBB3x", 32, 24, 0, 1, 255, 255, 255, 16, 8, 0)
LENGTHS = {0: 20, 2: 4, 3: 10, 4: 8, 5: 6, 6: 8}  # of the viewer's messages, before what some carry besides
RIGHT_BUTTON = 4


def speak_vnc(world: World, wire: Wire, session: Session, viewer: str) -> None:
    """Raw pictures on request; input counts only while this viewer holds control on its messages socket."""
    if not session.by_vnc:
        wire.close(1000, "vnc-closed")
        return
    hand = _Hand(world, wire, session)
    wire.send(VERSION)
    hand.take(len(VERSION))
    wire.send(b"\x01\x01")  # one kind of security: none
    hand.take(1)
    wire.send(struct.pack(">I", 0))
    hand.take(1)
    wire.send(struct.pack(">HH", WIDTH, HEIGHT) + FORMAT + struct.pack(">I", len(NAME)) + NAME)
    socket, shifts, wanted, drawn, pressed = world.number(), (16, 8, 0), False, 0, 0
    while not hand.over():
        if wanted and session.picture != drawn:
            drawn, wanted = session.picture, False
            wire.send(struct.pack(">BxHHHHHi", 0, 1, 0, 0, WIDTH, HEIGHT, 0) + pixels(drawn, shifts))
        kind = hand.peek()
        if kind is None:
            continue
        told = hand.take(LENGTHS.get(kind, 1))
        if kind == 0:
            shifts = struct.unpack(">14xBBB3x", told)
        elif kind == 2:
            hand.take(4 * struct.unpack(">2xH", told)[0])
        elif kind == 3:
            wanted = True
            drawn = drawn if told[1] else 0  # not incremental: the whole picture, changed or not
        elif kind == 6:
            hand.take(struct.unpack(">4xI", told)[0])
        elif kind in (4, 5) and viewer in world.vnc_drivers:
            event = _event(kind, told)
            if event["kind"] == "key" or not event["buttons"] & RIGHT_BUTTON:
                world.inputs.append({"socket": socket, "target": session.session_id, "event": event})
                buttons = event.get("buttons", pressed)
                if event.get("down") or buttons and not pressed:
                    act(session, "mouseEvent", {"eventType": "mousePressed"})
                pressed = buttons
    wire.close(1000, "vnc-closed")


class _Hand:
    """Takes the viewer's bytes as they are needed, whatever messages they came in."""

    def __init__(self, world: World, wire: Wire, session: Session) -> None:
        self._world, self._wire, self._session = world, wire, session
        self._held = b""

    def over(self) -> bool:
        return status_of(self._world, self._session) in FINAL

    def peek(self) -> int | None:
        """The first byte, if one is there or comes soon."""
        if not self._held:
            self._more()
        return self._held[0] if self._held else None

    def take(self, size: int) -> bytes:
        while len(self._held) < size and not self.over():
            self._more()
        taken, self._held = self._held[:size].ljust(size, b"\0"), self._held[size:]
        return taken

    def _more(self) -> None:
        sent = self._wire.receive(PULSE)
        if isinstance(sent, bytes):
            self._held += sent


def _event(kind: int, told: bytes) -> dict[str, int | str | bool]:
    if kind == 4:
        down, key = struct.unpack(">xB2xI", told)
        return {"kind": "key", "down": bool(down), "keysym": key}
    buttons, x, y = struct.unpack(">xBHH", told)
    return {"kind": "pointer", "buttons": buttons, "x": x, "y": y}


@lru_cache(maxsize=16)
def pixels(number: int, shifts: tuple[int, int, int]) -> bytes:
    """A picture of the shop as WIDTH × HEIGHT pixels of four bytes; the nearest point of the original for each."""
    size, colours, rows = _read(picture(number, "png"))
    table = [struct.pack("<I", sum(part << shift for part, shift in zip(colour, shifts, strict=True)))
             for colour in colours]
    across = [x * size[0] // WIDTH for x in range(WIDTH)]
    lines: dict[int, bytes] = {}
    for y in range(HEIGHT):
        row = y * size[1] // HEIGHT
        if row not in lines:
            lines[row] = b"".join([table[rows[row][x]] for x in across])
    return b"".join([lines[y * size[1] // HEIGHT] for y in range(HEIGHT)])


def _read(png: bytes) -> tuple[tuple[int, int], list[tuple[int, ...]], list[bytes]]:
    """Size, colours and rows of an image with a palette whose rows are unfiltered, as draw_pictures.py writes them."""
    place, data, size, colours = 8, b"", (0, 0), []
    while place < len(png):
        length, kind = struct.unpack(">I4s", png[place:place + 8])
        body = png[place + 8:place + 8 + length]
        if kind == b"IHDR":
            size = struct.unpack(">II", body[:8])
        elif kind == b"PLTE":
            colours = [tuple(body[n:n + 3]) for n in range(0, length, 3)]
        elif kind == b"IDAT":
            data += body
        place += 12 + length
    raw, step = zlib.decompress(data), size[0] + 1
    return size, colours, [raw[n * step + 1:(n + 1) * step] for n in range(size[1])]
