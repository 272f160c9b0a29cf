"""The product as it is deployed: gunicorn with gevent workers, in processes of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from skyvern_ui.relay.wire import ClientSocket

from .databases import SECRET
from .people import PASSWORD
from .postgres import free_port

ROOT = Path(__file__).parent.parent.parent


class Visitor(requests.Session):
    """Somebody's HTTP client: same origin, cookies kept."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.trust_env = False
        self.server = server
        self.headers["Origin"] = server.url

    def request(self, method: str, url: str, *args: Any, **more: Any) -> requests.Response:  # type: ignore[override]
        more.setdefault("timeout", 15)
        more["allow_redirects"] = False
        return super().request(method, self.server.url + url, *args, **more)

    def sign_in(self, email: str, password: str = PASSWORD) -> Visitor:
        answer = self.post("/api/auth/sign-in/email", json={"email": email, "password": password})
        assert answer.status_code == 200, answer.text
        return self

    def socket(self, path: str, origin: str | None = "", **headers: str) -> ClientSocket:
        """Opens a WebSocket as a browser would; raises the errors of the relay for a refusal."""
        sent = [("host", f"127.0.0.1:{self.server.port}"),
                ("cookie", "; ".join(f"{c.name}={c.value}" for c in self.cookies))]
        if origin is not None:
            sent.append(("origin", origin or self.server.url))
        sent += list(headers.items())
        return ClientSocket.connect("http", "127.0.0.1", self.server.port, path, sent, timeout=10)


class Server:
    """A running server: where it is, who runs it, what it wrote."""

    def __init__(self, port: int, process: subprocess.Popen[bytes], log: Path) -> None:
        self.port, self.process, self.log_file = port, process, log
        self.url = f"http://127.0.0.1:{port}"

    @property
    def log(self) -> str:
        return self.log_file.read_text("utf-8", "replace")

    def visitor(self, email: str | None = None) -> Visitor:
        visitor = Visitor(self)
        return visitor.sign_in(email) if email else visitor

    def raw(self, data: bytes, seconds: float = 5.0) -> bytes:
        """Writes bytes on a socket and returns all that comes back."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as sock:
            sock.sendall(data)
            parts = []
            try:
                while part := sock.recv(65_536):
                    parts.append(part)
            except (TimeoutError, ConnectionResetError):
                pass
            return b"".join(parts)

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)


@contextmanager
def running_server(database_url: str, folder: Path, *, workers: int = 1, **more: str) -> Iterator[Server]:
    """gunicorn as the Procfile starts it, ready; stopped at the end, whatever happened."""
    port = int(more.get("PORT") or free_port())
    log = folder / "server.log"
    environ = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "HOST": "127.0.0.1", "PORT": str(port),
        "WEB_CONCURRENCY": str(workers), "DATABASE_URL": database_url, "INSTANCE_DIR": str(folder),
        "SECRET_KEY": SECRET, "SANDBOX": "0", "DOCTOR_MINUTES": "0", **more,
    }
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"], cwd=ROOT, env=environ,
            stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
        )
    server = Server(port, process, log)
    try:
        wait_for(lambda: _is_ready(server), 40, f"the server to be ready: {log.read_text()[-2000:]}")
        yield server
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(5)


def wait_for(condition: Any, seconds: float, what: str) -> Any:
    """The condition's first true answer; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.02)


def _is_ready(server: Server) -> bool:
    assert server.process.poll() is None, server.log[-3000:]
    try:
        return requests.get(server.url + "/readyz", timeout=2).status_code == 200
    except requests.RequestException:
        return False
