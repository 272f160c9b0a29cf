"""The eyes of many viewers in one process: reads frames and notes how old each is.

`python -m bench.watch PORT PATH SECONDS PAUSED` reads cookies from its standard input, one for each viewer, opens a
socket with each, watches for SECONDS, then once more with PAUSED further viewers that read nothing. It prints JSON.
"""

from __future__ import annotations

import json
import selectors
import socket
import struct
import sys
import time

MOMENT_AT = 10 + 3  # the head of a frame over 64 KiB, JPEG's first three bytes
OPENING = ("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
           "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: {cookie}\r\n\r\n")
BUFFER = bytearray(1024 * 1024)


class Viewer:
    """One socket, and where in a frame it is."""

    def __init__(self, port: int, path: str, cookie: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 20)
        self.socket.sendall(OPENING.format(path=path, port=port, cookie=cookie).encode())
        head = b""
        while b"\r\n\r\n" not in head:
            more = self.socket.recv(1)
            if not more:
                raise ConnectionError("hung up")
            head += more
        if b" 101 " not in head.partition(b"\r\n")[0]:
            raise ConnectionError(head.decode("latin-1")[:200])
        self.socket.setblocking(False)
        self.start = b""
        self.left = 0
        self.moment = 0.0

    def read(self, ages: list[float]) -> None:
        """Takes what there is; the age of each picture is noted when its last byte has come."""
        size = self.socket.recv_into(BUFFER)
        if not size:
            raise ConnectionError("a viewer was hung up on")
        at = 0
        while at < size:
            if self.left:
                taken = min(self.left, size - at)
                self.left -= taken
                at += taken
                if not self.left and self.moment:
                    ages.append(time.monotonic() - self.moment)
                continue
            self.start += bytes(BUFFER[at:min(size, at + MOMENT_AT + 8)])
            at += self._begin(min(size, at + MOMENT_AT + 8) - at)

    def _begin(self, fresh: int) -> int:
        """Understands the beginning of a frame; answers how many of the `fresh` bytes belong to it."""
        start, kept = self.start, len(self.start) - fresh
        if len(start) < 2:
            return fresh
        short = start[1] & 127
        if short < 126:
            head, length = 2, short
        elif short == 126 and len(start) >= 4:
            head, length = 4, int.from_bytes(start[2:4], "big")
        elif short == 127 and len(start) >= MOMENT_AT + 8:
            head, length = 10, int.from_bytes(start[2:10], "big")
        else:
            return fresh
        self.moment = struct.unpack("!d", start[MOMENT_AT:MOMENT_AT + 8])[0] if short == 127 else 0.0
        self.start = b""
        self.left = length
        return head - kept


def watch(viewers: list[Viewer], seconds: float) -> list[float]:
    """The ages, in seconds, of all the pictures that came within `seconds`."""
    ages: list[float] = []
    with selectors.DefaultSelector() as selector:
        for viewer in viewers:
            selector.register(viewer.socket, selectors.EVENT_READ, viewer)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for key, _ in selector.select(0.5):
                key.data.read(ages)
    return ages


def told_of(ages: list[float], viewers: int, seconds: float) -> dict[str, float]:
    if not ages:
        raise TimeoutError("no picture came")
    ordered = sorted(ages)
    return {"median_ms": ordered[len(ordered) // 2] * 1000, "p95_ms": ordered[int(len(ordered) * 0.95)] * 1000,
            "most_ms": ordered[-1] * 1000, "each_per_second": len(ages) / viewers / seconds}


def main() -> None:
    port, path, seconds, paused = int(sys.argv[1]), sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
    cookies = sys.stdin.read().split("\n")
    viewers: list[Viewer] = []
    while len(viewers) < len(cookies) - paused:
        viewers.append(Viewer(port, path, cookies[len(viewers)]))
        if len(viewers) % 5 == 0:  # at most some eighty a second: a hundred are let in
            watch(viewers, 0.06)
    watch(viewers, 2.0)
    alone = told_of(watch(viewers, seconds), len(viewers), seconds)
    asleep = [Viewer(port, path, cookie) for cookie in cookies[len(viewers):]]
    watch(viewers, 1.0)
    beside = told_of(watch(viewers, seconds), len(viewers), seconds)
    print(json.dumps({"alone": alone, "beside_paused": beside, "paused": len(asleep)}), flush=True)
    sys.stdin.close()


if __name__ == "__main__":
    main()
