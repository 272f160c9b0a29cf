"""A small deterministic website for runs: a page that never stands still, a form, a download."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

FRAME = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>body{{font:20px sans-serif;margin:40px}}</style></head><body><h1>{title}</h1>{body}</body></html>"""

PAGES = {
    "/": ("Still page", '<p>Nothing moves here.</p><p><a href="/moving">Moving</a> <a href="/form">Form</a> '
                        '<a href="/report.csv">Report</a></p>'),
    "/moving": ("Moving page", """<p id="count">0</p><div id="bar">&nbsp;</div><script>
let n = 0; setInterval(() => { n += 1; count.textContent = n;
document.body.style.background = `hsl(${n * 20 % 360} 70% 85%)`;
bar.style.cssText = `height:60px;background:#204080;width:${n * 40 % 900}px`; }, 200);</script>"""),
    "/form": ("Order form", '<form method="post" action="/form"><label>Name <input name="name"></label> '
                            '<label>Size <select name="size"><option>S<option>M<option>L</select></label> '
                            "<button>Order</button></form>"),
}
REPORT = b"item,price\nlamp,12.50\nchair,40.00\n"


class Site:
    """The running site: `url` has no trailing slash."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.moving = f"{url}/moving"
        self.form = f"{url}/form"
        self.download = f"{url}/report.csv"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/report.csv":
            self._send(200, "text/csv", REPORT, {"content-disposition": 'attachment; filename="report.csv"'})
        elif self.path in PAGES:
            title, body = PAGES[self.path]
            self._page(200, title, body)
        else:
            self._page(404, "Not here", "<p>There is no such page.</p>")

    def do_POST(self) -> None:
        fields = parse_qs(self.rfile.read(int(self.headers.get("content-length") or 0)).decode())
        known = {"S", "M", "L"} & set(fields.get("size", []))
        self._page(200, "Thank you", f"<p>Your order of size {known.pop() if known else 'unknown'} is noted.</p>")

    def _page(self, status: int, title: str, body: str) -> None:
        self._send(status, "text/html; charset=utf-8", FRAME.format(title=title, body=body).encode(), {})

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


@contextmanager
def running_site(port: int = 0) -> Iterator[Site]:
    """The site on loopback for as long as the block lasts."""
    server = ThreadingHTTPServer(("127.0.0.1", port), _Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield Site(f"http://127.0.0.1:{server.server_address[1]}")
    finally:
        server.shutdown()
        server.server_close()
