"""The reference: a relay of gevent's own WSGI server and the standard library's client, and nothing else.

It keeps its upstream connections, copies headers and streams the body; it knows no people, no rules, no audit.
`python -m bench.passthrough PORT` relays to that port and prints its own.
"""

from __future__ import annotations

from gevent import monkey

monkey.patch_all()

import http.client  # noqa: E402 - after the patch
import socket  # noqa: E402
import sys  # noqa: E402
from collections.abc import Callable, Iterator  # noqa: E402
from typing import Any  # noqa: E402

import gevent  # noqa: E402
from gevent.pywsgi import WSGIHandler, WSGIServer  # noqa: E402

DROPPED = {"connection", "keep-alive", "transfer-encoding"}


class Handler(WSGIHandler):
    """gevent's own, with Nagle's algorithm off: it would wait 40 ms between head and body."""

    def handle(self) -> None:
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().handle()


class Relay:
    def __init__(self, port: int) -> None:
        self.port = port
        self.idle: list[http.client.HTTPConnection] = []

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
        upstream = self.idle.pop() if self.idle else http.client.HTTPConnection("127.0.0.1", self.port)
        path = environ["PATH_INFO"] + ("?" + environ["QUERY_STRING"] if environ["QUERY_STRING"] else "")
        headers = {name[5:].replace("_", "-"): value for name, value in environ.items() if name.startswith("HTTP_")}
        upstream.request(environ["REQUEST_METHOD"], path, headers=headers)
        answer = upstream.getresponse()
        start_response(f"{answer.status} {answer.reason}",
                       [(name, value) for name, value in answer.getheaders() if name.lower() not in DROPPED])
        while chunk := answer.read1(65_536):
            yield chunk
        answer.close()
        self.idle.append(upstream)


def main() -> None:
    server = WSGIServer(("127.0.0.1", 0), Relay(int(sys.argv[1])), log=None, handler_class=Handler)
    server.start()
    print(server.server_port, flush=True)
    gevent.get_hub().threadpool.apply(sys.stdin.read)


if __name__ == "__main__":
    main()
