"""A small deterministic website for runs: a page that never stands still, a form, a download."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from tests.real.shop import BODIES, page
from tests.support.serving import serving

REPORT = b"lamp,price\nHarbour,48.00\nFjord,129.00\nEmber,36.50\nPole Star,84.00\n"


class Site:
    """The running site: `url` has no trailing slash."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.moving = f"{url}/moving"
        self.form = f"{url}/form"
        self.download = f"{url}/report.csv"
        self.orders: list[dict[str, list[str]]] = []  # what the form was sent with


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        if self.path == "/report.csv":
            self._send(200, "text/csv", REPORT, {"content-disposition": 'attachment; filename="report.csv"'})
        elif self.path in BODIES:
            title, body = BODIES[self.path]
            self._page(200, title, body)
        else:
            self._page(404, "Not here", "<p>There is no such page.</p>")

    def do_POST(self) -> None:
        fields = parse_qs(self.rfile.read(int(self.headers.get("content-length") or 0)).decode())
        self.server.site.orders.append(fields)
        known = {"S", "M", "L"} & set(fields.get("size", []))
        self._page(200, "Thank you", f"<p>Your order of size {known.pop() if known else 'unknown'} is noted.</p>")

    def _page(self, status: int, title: str, body: str) -> None:
        self._send(status, "text/html; charset=utf-8", page(title, body).encode(), {})

    def _send(self, status: int, kind: str, raw: bytes, more: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"content-type": kind, "content-length": str(len(raw)), **more}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:
            pass

    def log_message(self, format: str, *args: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.site = Site(f"http://127.0.0.1:{self.server_address[1]}")


@contextmanager
def running_site(port: int = 0) -> Iterator[Site]:
    """The site on loopback for as long as the block lasts."""
    server = _Server(port)
    with serving(server):
        yield server.site
