"""Breaking the real Skyvern, and mending it again: its keys, its tables, its files, the proxy in front of it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import requests

from tests.conftest import lacking
from tests.real.process import free_port
from tests.real.skyvern import RealSkyvern
from tests.support.server import wait_for

SECRET_KEY = "PLACEHOLDER"  # what Skyvern signs with when nobody sets another  # noqa: S105
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def claims_of(key: str) -> dict[str, Any]:
    """What a key says of itself."""
    body = key.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))))


def signed(claims: dict[str, Any], secret: str = SECRET_KEY) -> str:
    """A key as Skyvern makes them (HS256)."""
    head = ".".join(_plain(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    return f"{head}.{_plain(hmac.new(secret.encode(), head.encode(), hashlib.sha256).digest())}"


def table_away(real: RealSkyvern, table: str) -> Any:
    """Skyvern's database fails at whatever needs this table, as long as the block lasts."""
    return _changed(real, f"ALTER TABLE {table} RENAME TO {table}_away", f"ALTER TABLE {table}_away RENAME TO {table}")


def one_more_key(real: RealSkyvern, key: str, *, valid: bool) -> Any:
    """A row for this key, as long as the block lasts."""
    organization = claims_of(key)["sub"]
    return _changed(
        real, "INSERT INTO organization_auth_tokens (id, organization_id, token_type, token, valid, created_at, "
              f"modified_at) VALUES ('oat_more', '{organization}', 'api', '{key}', {int(valid)}, '2020-01-01', "
              "'2020-01-01')", "DELETE FROM organization_auth_tokens WHERE id = 'oat_more'")


@contextmanager
def files_away(real: RealSkyvern) -> Iterator[None]:
    """All that Skyvern has kept of its runs is gone from its disk, as long as the block lasts."""
    kept = real.env_file.parent / "artifacts"
    away = kept.rename(kept.with_name("artifacts-away"))
    try:
        yield
    finally:
        if kept.exists():  # whatever was written meanwhile
            shutil.rmtree(kept)
        away.rename(kept)


@contextmanager
def only_forwarding(prefix: str, real: RealSkyvern, folder: Path) -> Iterator[str]:
    """The address of an nginx that passes this prefix on to Skyvern and nothing else."""
    nginx = shutil.which("nginx") or ("/usr/sbin/nginx" if os.path.exists("/usr/sbin/nginx") else None)
    if nginx is None:
        lacking("nginx")
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    kept = "".join(f"{name}_temp_path {folder}/{name};\n" for name in TEMPORARY)
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;\n"
        f"events {{ worker_connections 64; }}\nhttp {{ access_log off;\n{kept}"
        f"server {{ listen 127.0.0.1:{port}; location {prefix}/ {{ proxy_pass {real.url}; "
        f"proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection \"upgrade\"; }} "
        "location / { return 404; } } }\n")
    process = subprocess.Popen([str(nginx), "-c", str(folder / "nginx.conf"), "-p", str(folder)],
                               stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: _answers(f"http://127.0.0.1:{port}/"), 10, "nginx to answer")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def _changed(real: RealSkyvern, change: str, back: str) -> Iterator[None]:
    with _database(real) as connection:
        connection.execute(change)
    try:
        yield
    finally:
        with _database(real) as connection:
            connection.execute(back)


@contextmanager
def _database(real: RealSkyvern) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(real.env_file.parent / "data.db", timeout=20)
    try:
        with connection:
            yield connection
    finally:
        connection.close()


def _answers(url: str) -> bool:
    with suppress(requests.RequestException):
        return requests.get(url, timeout=2).status_code == 404
    return False


def _plain(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
