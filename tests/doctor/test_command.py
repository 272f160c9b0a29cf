"""`skyvern-ui doctor` as it is run in a terminal: what it says, how it ends, and that it never breaks."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from skyvern_ui.doctor.checks import CHECKS
from skyvern_ui.doctor.finding import Finding
from skyvern_ui.doctor.history.rules import latest_findings
from skyvern_ui.doctor.report import in_order, owner_of
from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog

from ..relay.fault_server import FaultServer, ok, speaking
from ..sandbox_server import Sandbox
from ..support.databases import SECRET
from ..support.postgres import free_port
from .gate import fine

ROOT = Path(__file__).parent.parent.parent
FIELDS = {"check", "layer", "verdict", "code", "title", "explain", "fix", "evidence", "mend", "seconds"}
KEY = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJvXzU5OTQ2MTYxMTMwMDY3MjYyMCJ9.2d8Xk1qVbW9sZS1rZXktb2Ytb3Vycw"


def doctor(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, with nothing from the real environment."""
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "INSTANCE_DIR": str(folder), "SECRET_KEY": SECRET,
           "SANDBOX": "0", "SKYVERN_KEY_PATHS": "", **environ}
    done = subprocess.run([sys.executable, "-m", "skyvern_ui", "doctor", *arguments], cwd=ROOT, env=env, timeout=90,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8")
    assert "Traceback" not in done.stdout + done.stderr, done.stdout + done.stderr
    return done


def prepared(folder: Path, **environ: str) -> dict[str, str]:
    """The environment of an installation with a database of its own."""
    environ = {"DATABASE_URL": f"sqlite:///{folder / 'own.db'}", **environ}
    subprocess.run([sys.executable, "-m", "skyvern_ui", "migrate"], cwd=ROOT, check=True, capture_output=True,
                   env={"PATH": os.environ["PATH"], "INSTANCE_DIR": str(folder), "SECRET_KEY": SECRET, **environ})
    return environ


def told(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_sound_skyvern_ends_with_0(app: Flask, database_url: str, tmp_path: Path, sandbox: Sandbox) -> None:
    environ = {"DATABASE_URL": database_url, "SKYVERN_API_URL": sandbox.url, "SKYVERN_API_KEY": sandbox.key}
    done = doctor(tmp_path, "--json", **environ)
    report = told(done)
    assert done.returncode == 0 and done.stderr == "", report["cause"]
    assert set(report) == {"verdict", "sentence", "cause", "findings", "looked_at", "thorough", "version"}
    assert report["verdict"] in ("ok", "warn") and report["cause"] is None and not report["thorough"]
    assert all(set(each) == FIELDS for each in report["findings"])
    names = [each["check"] for each in report["findings"]]
    owners = {check.name for check in CHECKS for name in names if name.startswith(check.name)}
    assert owners == {check.name for check in CHECKS if not check.thorough}
    layers = [each["layer"] for each in report["findings"]]
    assert layers.index("own") < layers.index("network") < layers.index("key") < layers.index("model")
    assert sandbox.key not in done.stdout
    with app.app_context():
        row = db.session.scalars(select(AuditLog).where(AuditLog.action == "doctor.examine")).one()
        assert row.actor_kind == "cli" and latest_findings()["network"].verdict == "ok"


def test_the_text_names_the_cause_and_what_to_do(app: Flask, database_url: str, tmp_path: Path) -> None:
    done = doctor(tmp_path, DATABASE_URL=database_url, SKYVERN_API_KEY=KEY,
                  SKYVERN_API_URL=f"http://127.0.0.1:{free_port()}")
    assert done.returncode == 1 and done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0] == "This server" and lines[1].startswith("  ✓ ")
    cause = next(place for place, line in enumerate(lines) if line.startswith("✗ The cause: "))
    assert all(line[:1] in (" ", "") or line[:1].isupper() for line in lines[:cause])
    assert any(line.startswith("    1. ") for line in lines[cause:]), "the fix, indented"
    assert "The key itself: not looked at" in done.stdout, "the echo of the cause is not a failure"
    assert KEY not in done.stdout and "\x1b" not in done.stdout


def test_without_a_database_it_still_speaks(tmp_path: Path) -> None:
    done = doctor(tmp_path, "--json", DATABASE_URL=f"postgresql://nobody:hush-hush@127.0.0.1:{free_port()}/none")
    report = told(done)
    assert done.returncode == 1 and report["verdict"] == "fail" and report["cause"]["check"] == "own-database"
    assert "hush-hush" not in done.stdout


def test_with_nothing_configured_it_says_where_to_begin(app: Flask, database_url: str, tmp_path: Path) -> None:
    done = doctor(tmp_path, "--json", DATABASE_URL=database_url)
    assert done.returncode == 1 and told(done)["cause"]["mend"] == "/settings"


def test_a_bad_setting_is_one_sentence_and_2(tmp_path: Path) -> None:
    done = doctor(tmp_path, PORT="seventy")
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr == "The doctor cannot begin: PORT must be a whole number from 0 to 65535.\n"
    as_object = doctor(tmp_path, "--json", PORT="seventy")
    assert as_object.returncode == 2 and told(as_object)["verdict"] == "not_begun"
    assert "PORT must be" in told(as_object)["sentence"]


def test_an_unknown_option_is_2_as_well(tmp_path: Path) -> None:
    assert doctor(tmp_path, "--gently").returncode == 2


def test_a_terminal_without_letters_gets_plain_marks(tmp_path: Path) -> None:
    done = doctor(tmp_path, PYTHONIOENCODING="ascii", DATABASE_URL=f"postgresql://127.0.0.1:{free_port()}/none")
    assert done.returncode == 1 and done.stdout.isascii() and done.stderr == ""
    assert "\n  x " in done.stdout and "\nx The cause: " in done.stdout


@pytest.mark.parametrize("where", ["/v1/workflows", "/api/v1/organizations", "/"])
def test_a_skyvern_that_sends_back_our_key_does_not_get_it_through(
        tmp_path: Path, sandbox: Sandbox, where: str) -> None:
    environ = prepared(tmp_path, SKYVERN_API_URL=sandbox.url, SKYVERN_API_KEY=sandbox.key)
    sandbox.fault(where, "echo_key", count=1000)
    told_all = [doctor(tmp_path, **environ), doctor(tmp_path, "--json", **environ)]
    was_sent = any(name == "x-api-key" for each in sandbox.requests() for name, _ in each["headers"])
    assert was_sent or where != "/v1/workflows", "what is certainly not Skyvern is not sent the key at all"
    for done in told_all:
        assert sandbox.key not in done.stdout + done.stderr and sandbox.key[:20] not in done.stdout


@pytest.mark.parametrize("status", ["200 OK", "403 Forbidden", "500 Internal Server Error"])
def test_a_stranger_that_knows_our_key_does_not_get_it_through(tmp_path: Path, status: str) -> None:
    def echo(server: FaultServer, conn: socket.socket, _number: int) -> None:
        while server.request(conn):
            body = json.dumps({"detail": f"You sent {KEY}", "title": KEY[:40], "status": KEY}).encode()
            conn.sendall(ok(body, "content-type: application/json", f"x-echo: {KEY}").replace(
                b"200 OK", status.encode(), 1))
    with speaking(echo) as server:
        environ = prepared(tmp_path, SKYVERN_API_URL=f"http://127.0.0.1:{server.port}", SKYVERN_API_KEY=KEY)
        told_all = [doctor(tmp_path, **environ), doctor(tmp_path, "--json", **environ)]
    for done in told_all:
        assert done.returncode == 1
        assert KEY not in done.stdout + done.stderr and KEY[:20] not in done.stdout


def test_a_reader_that_leaves_is_no_error(tmp_path: Path) -> None:
    command = f"{sys.executable} -m skyvern_ui doctor | head -n 1"
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=90, env={
        "PATH": os.environ["PATH"], "INSTANCE_DIR": str(tmp_path), "SECRET_KEY": SECRET, "SANDBOX": "0",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'none.db'}"})
    assert done.stdout == "This server\n" and done.stderr == ""


def test_the_settings_alone_are_looked_at_before_a_deployment(tmp_path: Path) -> None:
    unsafe = doctor(tmp_path, "--deploy", "--json", **prepared(tmp_path))
    assert unsafe.returncode == 1 and told(unsafe)["verdict"] == "fail"
    assert {each["check"].split("-")[0] for each in told(unsafe)["findings"]}.isdisjoint({"network", "key", "live"})
    refused = doctor(tmp_path, "--deploy", SKYVERN_UI_ENV="production", SECRET_KEY="short")
    assert refused.returncode == 1 and "SECRET_KEY" in refused.stdout


def test_findings_find_their_check() -> None:
    checks = (fine("model-view"), fine("model"), fine("key"))
    odd = [Finding(name, "own", "ok", "ok", name) for name in ("key", "model-b", "model-view", "nowhere", "modelling")]
    assert [getattr(owner_of(each, checks), "name", None) for each in odd] == ["key", "model", "model-view", None, None]
    assert [each.check for each in in_order(odd, checks)] == ["model-view", "model-b", "key", "nowhere", "modelling"]
