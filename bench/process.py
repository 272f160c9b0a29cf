"""The processes of a benchmark: started on free ports of the loopback, ended whatever happens."""

from __future__ import annotations

import json
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.postgres import free_port
from tests.support.server import wait_for

ROOT = Path(__file__).parent.parent


@contextmanager
def running(module: str, *arguments: str) -> Iterator[int]:
    """A module of this folder that prints its port and ends with its standard input."""
    process = subprocess.Popen([sys.executable, "-m", f"bench.{module}", *arguments], cwd=ROOT,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None and process.stdout is not None
    try:
        ready, _, _ = select.select([process.stdout], [], [], 20)
        line = process.stdout.readline() if ready else b""
        if not line:
            raise RuntimeError(f"bench.{module} did not start")
        yield int(line)
    finally:
        process.terminate()
        process.wait(10)
        process.stdin.close()
        process.stdout.close()


@contextmanager
def running_nginx(nginx: str, upstream: int, folder: Path) -> Iterator[int]:
    """nginx as a proxy with one worker, no access log, and kept connections to the upstream."""
    port = free_port()
    folder.mkdir()
    config = folder / "nginx.conf"
    temporary = "\n".join(f"  {kind}_temp_path {folder}/{kind};"
                          for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    config.write_text(f"""daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log crit;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 1000000;
{temporary}
  upstream there {{ server 127.0.0.1:{upstream}; keepalive 32; keepalive_requests 1000000; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://there; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_buffer_size 64k; proxy_buffers 16 256k; proxy_busy_buffers_size 1m; proxy_max_temp_file_size 0;
    }}
  }}
}}
""")
    process = subprocess.Popen([nginx, "-c", str(config), "-e", f"{folder}/error.log"], stdin=subprocess.DEVNULL)
    try:
        wait_for(lambda: (folder / "pid").exists() and process.poll() is None, 10, "nginx")
        yield port
    finally:
        process.terminate()
        process.wait(10)


def told(module: str, *arguments: object, seconds: float = 60) -> Any:
    """What a module of this folder prints, as JSON."""
    done = subprocess.run([sys.executable, "-m", f"bench.{module}", *map(str, arguments)], cwd=ROOT, check=True,
                          stdout=subprocess.PIPE, timeout=seconds)
    return json.loads(done.stdout)
