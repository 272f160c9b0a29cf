"""A film of 64 MiB: how fast it passes beside nginx, and what it leaves in the worker's memory."""

from __future__ import annotations

import re
import socket
import statistics
import time
from pathlib import Path

import psutil

from .result import Result
from .upstream import ARTIFACT, ARTIFACT_BYTES

UPSTREAM_PATH = f"/v1/artifacts/{ARTIFACT}/content"
PATHS = {"by id": f"/artifacts/{ARTIFACT}", "proxied": f"/api/skyvern{UPSTREAM_PATH}"}
ROUNDS = 12
LEAST_OF_NGINX, MOST_GROWTH_MB = 0.8, 10


def measure_artifact(nginx: int | None, port: int, cookie: str, worker: psutil.Process) -> list[Result]:
    """`nginx` and `port` are the doors; each is asked in turn, another one first in each round. The worker's growth is
    from before the first film to its largest size ever."""
    doors = [(name, port, path, cookie) for name, path in PATHS.items()]
    if nginx is not None:
        doors.append(("nginx", nginx, UPSTREAM_PATH, ""))
    rates: dict[str, list[float]] = {name: [] for name, *_ in doors}
    before = worker.memory_info().rss
    for _, *door in doors:
        rate_of(*door)
    for turn in range(ROUNDS):
        for name, *door in doors[turn % len(doors):] + doors[:turn % len(doors)]:
            rates[name].append(rate_of(*door))
    growth = max(0.0, (_most_ever(worker) - before) / 1e6)
    results = []
    if nginx is not None:
        straight = statistics.median(rates["nginx"])
        results.append(Result("64 MiB through nginx", f"{straight:.0f} MB/s"))
        for name in PATHS:
            rate = statistics.median(rates[name])
            results.append(Result(f"64 MiB through Skyvern UI, {name}", f"{rate:.0f} MB/s ({rate / straight:.2f})",
                                  f"≥ {LEAST_OF_NGINX} of nginx", rate / straight >= LEAST_OF_NGINX))
    results.append(Result(f"Growth of the worker over {ROUNDS * len(PATHS)} films", f"{growth:.1f} MB",
                          f"< {MOST_GROWTH_MB} MB", growth < MOST_GROWTH_MB))
    return results


def _most_ever(process: psutil.Process) -> int:
    """The largest resident size so far, in bytes, where the system tells it; else the present one."""
    status = Path(f"/proc/{process.pid}/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return int(found[1]) * 1024 if found else int(process.memory_info().rss)


def rate_of(port: int, path: str, cookie: str) -> float:
    """Millions of bytes per second, from the request to the last byte."""
    buffer = bytearray(1024 * 1024)
    with socket.create_connection(("127.0.0.1", port), 10) as sock:
        started = time.perf_counter()
        cookies = f"Cookie: {cookie}\r\n" if cookie else ""
        sock.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{cookies}\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head:
            more = sock.recv(65_536)
            if not more:
                raise ConnectionError(f"{path}: hung up")
            head += more
        head, _, first = head.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise ConnectionError(head.decode("latin-1")[:300])
        if f"content-length: {ARTIFACT_BYTES}".encode() not in head.lower():
            raise ConnectionError("the length is not what was sent")
        left = ARTIFACT_BYTES - len(first)
        while left > 0:
            size = sock.recv_into(buffer)
            if not size:
                raise ConnectionError(f"{path}: cut off")
            left -= size
        return ARTIFACT_BYTES / 1e6 / (time.perf_counter() - started)
