"""The doctor looks through a real nginx: set up as docs/nginx.conf says, and with each line of it missing."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from flask import Flask

from skyvern_ui import create_app
from skyvern_ui.doctor.check import Patient
from skyvern_ui.doctor.checks import live, proxies, timeouts
from skyvern_ui.doctor.checks.timeouts import look_at_size, measured_silence
from skyvern_ui.doctor.examination import examine
from skyvern_ui.doctor.finding import Finding
from skyvern_ui.doctor.patient import scrub_for

from ..conftest import lacking
from ..support.databases import settings_for
from ..support.postgres import free_port
from ..support.server import running_server, wait_for
from .test_behind_nginx import _answers, configuration

CHECKS = [each for each in (*live.CHECKS, *timeouts.CHECKS, *proxies.CHECKS)
          if each.name in ("live-public", "timeouts-buffering", "proxies-public")]
Edit = Callable[[str], str]


class Front:
    """A server of ours whose PUBLIC_URL is nginx's port, and nginx as often and as different as a test wants it."""

    def __init__(self, app: Flask, port: int, behind: int, folder: Path) -> None:
        self.app, self.port, self.behind, self.folder = app, port, behind, folder

    @contextmanager
    def nginx(self, edit: Edit = lambda text: text) -> Iterator[Patient]:
        where = shutil.which("nginx") or ("/usr/sbin/nginx" if os.path.exists("/usr/sbin/nginx") else None)
        if where is None:
            lacking("nginx")
        self.folder.mkdir(exist_ok=True)
        plain = configuration(self.port, self.behind, self.folder)
        changed = edit(plain)
        (self.folder / "nginx.conf").write_text(changed)
        process = subprocess.Popen([str(where), "-c", str(self.folder / "nginx.conf"), "-p", str(self.folder)],
                                   stderr=subprocess.DEVNULL)
        try:
            wait_for(lambda: _answers(f"http://127.0.0.1:{self.port}"), 10, "nginx to answer")
            yield Patient(self.app, self.app.config["SETTINGS"], None)
        finally:
            process.terminate()
            process.wait(10)

    def found(self, edit: Edit = lambda text: text) -> dict[str, Finding]:
        """What is found through this nginx, by the name of the check."""
        with self.nginx(edit) as patient:
            return {each.check: each for each in examine(patient, CHECKS, scrub_for(patient))}


@contextmanager
def front(database_url: str, folder: Path, **settings: str) -> Iterator[Front]:
    port = free_port()
    settings = {"PUBLIC_URL": f"http://127.0.0.1:{port}", **settings}
    with running_server(database_url, folder, workers=2, **settings) as server:
        app = create_app(settings_for(database_url, folder, **settings))
        yield Front(app, port, server.port, folder / "nginx")
        app.extensions["reader"].close()
        assert "/doctor/echo/Wy" not in server.log, "a token is in the log"


def without(*lines: str) -> Edit:
    """The configuration without the lines that begin so; each must have been there."""
    def edit(text: str) -> str:
        kept = [line for line in text.splitlines() if not line.strip().startswith(lines)]
        assert len(text.splitlines()) - len(kept) == len(lines)
        return "\n".join(kept)
    return edit


def instead(old: str, new: str) -> Edit:
    def edit(text: str) -> str:
        assert old in text
        return text.replace(old, new)
    return edit


def both(first: Edit, second: Edit) -> Edit:
    return lambda text: second(first(text))


NO_UPGRADE = without("proxy_set_header Upgrade", "proxy_set_header Connection")
# nginx holds back only what has no chunks, and that is so when it speaks HTTP/1.0 to us: its default
OLD_HTTP = without("proxy_http_version 1.1")
BUFFERED = both(OLD_HTTP, instead("proxy_buffering off;", "proxy_buffering on;"))
DEAF = both(BUFFERED, instead("proxy_buffering on;", "proxy_buffering on; proxy_ignore_headers X-Accel-Buffering;"))
NO_HOST = both(without("proxy_set_header Host"), instead("proxy_pass http://skyvern_ui", "proxy_pass http://127.0.0.1:{}"))


def test_with_the_configuration_of_the_docs_nothing_is_wrong(database_url: str, tmp_path: Path) -> None:
    with front(database_url, tmp_path, TRUSTED_PROXIES="127.0.0.1") as here:
        found = here.found()
        assert {name: each.verdict for name, each in found.items()} == {
            "live-public": "ok", "timeouts-buffering": "ok", "proxies-public": "ok"}, found
        with here.nginx() as patient:
            assert measured_silence(patient, (1, 2)).verdict == "ok"
            assert look_at_size(replace(patient, thorough=True)).verdict == "ok"


def test_each_missing_line_is_named(database_url: str, tmp_path: Path) -> None:
    with front(database_url, tmp_path, TRUSTED_PROXIES="127.0.0.1") as here:
        found = here.found(NO_UPGRADE)
        assert (found["live-public"].verdict, found["live-public"].code) == ("fail", "public_not_upgraded")
        assert found["proxies-public"].verdict == found["timeouts-buffering"].verdict == "ok"

        found = here.found(BUFFERED)
        assert found["timeouts-buffering"].verdict == "ok" and "buffers unless" in found["timeouts-buffering"].explain
        found = here.found(DEAF)
        assert (found["timeouts-buffering"].verdict, found["timeouts-buffering"].code) == ("fail", "buffered")
        assert found["live-public"].code == "public_not_upgraded", "HTTP/1.0 knows no upgrade"

        found = here.found(without("proxy_set_header X-Forwarded-For"))
        assert (found["proxies-public"].verdict, found["proxies-public"].code) == ("fail", "address_forgeable")

        with here.nginx(without("client_max_body_size")) as patient:
            size = look_at_size(replace(patient, thorough=True))
        assert (size.verdict, size.code) == ("warn", "small_uploads"), size

        with here.nginx(instead("proxy_read_timeout 600s", "proxy_read_timeout 1s")) as patient:
            silence = measured_silence(patient, (0, 3))
        assert (silence.verdict, silence.code) == ("warn", "cut_early") and ("By", "HTTP 504") in silence.evidence


def test_a_host_that_is_changed_is_named(database_url: str, tmp_path: Path) -> None:
    with front(database_url, tmp_path, TRUSTED_PROXIES="127.0.0.1") as here:
        found = here.found(lambda text: NO_HOST(text).replace("http://127.0.0.1:{}", f"http://127.0.0.1:{here.behind}"))
        assert (found["proxies-public"].verdict, found["proxies-public"].code) == ("warn", "host_rewritten")


def test_a_proxy_that_is_not_trusted_is_named(database_url: str, tmp_path: Path) -> None:
    with front(database_url, tmp_path) as here:
        found = here.found()["proxies-public"]
    assert (found.verdict, found.code) == ("warn", "proxy_not_trusted")
    assert any("TRUSTED_PROXIES=127.0.0.1" in fix for fix in found.fix)
