"""A client in a process of its own: N connections, each asking again as soon as it is answered.

`python -m bench.load PORT PATH CONNECTIONS SECONDS [COOKIE [KEY [BODY]]]` prints {"median_ms", "per_second", "failed"}:
with a key it is a program that sends it as a bearer, and with a body it posts that JSON.
"""

from __future__ import annotations

import json
import selectors
import socket
import statistics
import sys
import time

FEWEST, LONGEST = 4, 20.0  # answers for each connection, and the seconds they may take beyond what was asked


class Caller:
    """One connection and the answer it waits for."""

    def __init__(self, port: int, request: bytes) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.request = request
        self.data = b""
        self.needed = 0

    def ask(self) -> None:
        self.data, self.needed, self.asked = b"", 0, time.perf_counter()
        self.socket.sendall(self.request)

    def hear(self) -> bool:
        """True when the answer is complete."""
        more = self.socket.recv(262_144)
        if not more:
            raise ConnectionError("the server hung up")
        self.data += more
        if not self.needed:
            head, end, _ = self.data.partition(b"\r\n\r\n")
            if not end:
                return False
            lowered = head.lower()
            length = int(lowered.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
            self.needed = len(head) + 4 + length
        return len(self.data) >= self.needed

    @property
    def was_good(self) -> bool:
        return self.data.startswith(b"HTTP/1.1 200")


def written(port: int, path: str, cookie: str, key: str = "", body: str = "") -> bytes:
    """The request that every connection sends."""
    lines = [f"{'POST' if body else 'GET'} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Accept: */*",
             f"Accept-Encoding: {'identity' if key else 'gzip'}"]
    lines += [f"Cookie: {cookie}"] if cookie else []
    lines += [f"Authorization: Bearer {key}"] if key else []
    lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"] if body else []
    return "\r\n".join([*lines, "", body]).encode()


def measure(port: int, connections: int, seconds: float, request: bytes) -> dict[str, float]:
    callers = [Caller(port, request) for _ in range(connections)]
    selector = selectors.DefaultSelector()
    for caller in callers:
        selector.register(caller.socket, selectors.EVENT_READ, caller)
        caller.ask()
    times: list[float] = []
    failed = 0
    started = time.perf_counter()
    while (now := time.perf_counter()) - started < (seconds if len(times) >= FEWEST * connections else LONGEST):
        for key, _ in selector.select(1.0):
            if key.data.hear():
                now = time.perf_counter()
                times.append(now - key.data.asked)
                failed += not key.data.was_good
                if failed == 1 and not key.data.was_good:
                    print(key.data.data[:800].decode("latin-1"), file=sys.stderr)
                key.data.ask()
    if not times:
        raise TimeoutError("no answer came")
    return {"median_ms": statistics.median(times) * 1000, "per_second": len(times) / (now - started),
            "failed": failed}


def main() -> None:
    port, path, connections, seconds, *sent = sys.argv[1:]
    cookie, key, body = [*sent, "", "", ""][:3]
    print(json.dumps(measure(int(port), int(connections), float(seconds), written(int(port), path, cookie, key, body))))


if __name__ == "__main__":
    main()
