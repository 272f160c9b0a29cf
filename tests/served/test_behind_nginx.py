"""The product behind nginx, configured by the very file that docs/deployment.md hands out (X65)."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from flask import Flask

from ..conftest import lacking
from ..sandbox_server import Sandbox
from ..support.postgres import free_port
from ..support.server import ROOT, Server, running_server, wait_for
from .test_sockets import first_picture, start


def configuration(port: int, behind: int, folder: Path) -> str:
    """docs/nginx.conf with this test's ports, without TLS."""
    text = (ROOT / "docs" / "nginx.conf").read_text()
    text = text.replace("listen 443 ssl;", f"listen 127.0.0.1:{port};").replace("127.0.0.1:3000", f"127.0.0.1:{behind}")
    text = re.sub(r"\n\s*ssl_certificate.*;", "", text).replace("server_name skyvern.example.com;", "server_name _;")
    return (f"daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;\n"
            f"events {{ worker_connections 512; }}\nhttp {{ access_log off;\n"
            + "".join(f"{name}_temp_path {folder}/{name};\n" for name in
                      ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")) + text + "}\n")


@pytest.fixture
def behind_nginx(connected: Flask, database_url: str, tmp_path: Path) -> Iterator[Server]:
    nginx = shutil.which("nginx") or ("/usr/sbin/nginx" if os.path.exists("/usr/sbin/nginx") else None)
    if nginx is None:
        lacking("nginx")
    port = free_port()
    with running_server(database_url, tmp_path, workers=2, PUBLIC_URL=f"http://127.0.0.1:{port}",
                        TRUSTED_PROXIES="127.0.0.1") as server:
        folder = tmp_path / "nginx"
        folder.mkdir()
        (folder / "nginx.conf").write_text(configuration(port, server.port, folder))
        process = subprocess.Popen([str(nginx), "-c", str(folder / "nginx.conf"), "-p", str(folder)],
                                   stderr=subprocess.DEVNULL)
        front = Server(port, server.process, server.log_file)
        try:
            wait_for(lambda: _answers(front.url), 10, "nginx to answer")
            yield front
        finally:
            process.terminate()
            process.wait(10)


def _answers(url: str) -> bool:
    try:
        return requests.get(url + "/healthz", timeout=2).status_code == 200
    except requests.RequestException:
        return False


def test_everything_passes_through_nginx(behind_nginx: Server, sandbox: Sandbox) -> None:
    ben = behind_nginx.visitor("ben@example.com")
    assert ben.get("/dashboard").status_code == 200
    run_id = start(ben)
    assert first_picture(ben.socket(f"/runs/{run_id}/frames"))[:2] == b"\xff\xd8"
    body = {"workflow_permanent_id": "wpid_1", "workflow_id": "w_1", "message": "hello", "workflow_yaml": ""}
    with ben.post("/api/skyvern/v1/workflow/copilot/chat-post", json=body, stream=True) as answer:
        assert sum(1 for line in answer.iter_lines(chunk_size=1) if line.startswith(b"data:")) >= 2
    content = os.urandom(3_000_000)
    assert ben.post("/api/skyvern/v1/upload_file", files={"file": ("x.bin", content)}).status_code == 200
    assert sandbox.requests("/v1/upload_file")[-1]["length"] > len(content)


def test_the_address_in_the_audit_is_the_visitors(behind_nginx: Server) -> None:
    ben = behind_nginx.visitor()
    ben.headers["X-Forwarded-For"] = "203.0.113.7"
    ben.sign_in("ben@example.com")
    session = ben.get("/api/auth/get-session").json()["session"]
    assert session["ipAddress"] == "203.0.113.7"


def test_another_name_for_us_is_refused(behind_nginx: Server) -> None:
    for host in ("evil.test", "127.0.0.1.evil.test", "127.0.0.1@evil.test", "evil.test/@127.0.0.1"):
        answer = behind_nginx.raw(f"GET /login HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        assert answer[9:12] == b"400", (host, answer[:100])
        assert b"evil.test" not in answer
