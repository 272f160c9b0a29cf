"""500 people watch one run: five pictures of 100 kB a second, one upstream socket, and one of them stops reading."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from typing import Any

import psutil

from .house import House
from .process import ROOT
from .result import Result
from .upstream import FRAMES_PER_SECOND, RUN

VIEWERS, PER_SESSION = 500, 8
SESSIONS = VIEWERS // PER_SESSION + 2
SECONDS = 6.0
MOST_AGE_MS, MOST_KB_EACH = 150, 100


def measure_viewers(house: House, upstream: int) -> list[Result]:
    """The memory is the worker's growth from one viewer to all of them, at its largest."""
    path = f"/runs/{RUN}/frames"
    worker = house.worker
    _watch(house, path, [house.cookies[0]], 0, 1.0, worker)
    before = worker.memory_info().rss
    cookies = [house.cookies[1 + n // PER_SESSION] for n in range(VIEWERS)] + [house.cookies[0]]
    told, most = _watch(house, path, cookies, 1, SECONDS, worker)
    sockets = _sockets(upstream)
    alone, beside = told["alone"], told["beside_paused"]
    each = max(0, most - before) / VIEWERS / 1000
    return [
        Result(f"Upstream sockets for {VIEWERS} viewers", str(sockets), "1", sockets == 1),
        Result("Pictures per second and viewer", f"{alone['each_per_second']:.1f} of {FRAMES_PER_SECOND}"),
        Result("Age of a picture, median", f"{alone['median_ms']:.0f} ms"),
        Result("Age of a picture, p95", f"{alone['p95_ms']:.0f} ms", f"< {MOST_AGE_MS} ms",
               alone["p95_ms"] < MOST_AGE_MS),
        Result("The same beside a viewer that reads nothing", f"{beside['p95_ms']:.0f} ms", f"< {MOST_AGE_MS} ms",
               beside["p95_ms"] < MOST_AGE_MS),
        Result("Memory of the worker for each viewer", f"{each:.0f} kB", f"< {MOST_KB_EACH} kB", each < MOST_KB_EACH),
    ]


def _watch(house: House, path: str, cookies: list[str], paused: int, seconds: float, worker: psutil.Process
           ) -> tuple[Any, int]:
    """What the watching process tells, and the most memory of the worker meanwhile."""
    process = subprocess.Popen([sys.executable, "-m", "bench.watch", str(house.port), path, str(seconds), str(paused)],
                               cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write("\n".join(cookies))
    process.stdin.close()
    most = 0
    for _ in range(600):
        most = max(most, worker.memory_info().rss)
        try:
            process.wait(0.1)
            break
        except subprocess.TimeoutExpired:
            continue
    else:
        process.kill()
    with process.stdout as out:
        text = out.read()
    process.wait(5)
    if process.returncode:
        raise RuntimeError("the viewers were cut off: " + house.server.log[-2000:])
    return json.loads(text), most


def _sockets(upstream: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", upstream, timeout=10)
    connection.request("GET", "/__sockets")
    found: int = json.load(connection.getresponse())["most"]
    connection.close()
    return found
