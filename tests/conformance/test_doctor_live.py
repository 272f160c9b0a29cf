"""What the doctor says of the live view, the clock and the doors of the real Skyvern."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from flask import Flask
from sqlalchemy import select

from skyvern_ui import create_app
from skyvern_ui.audit import Actor
from skyvern_ui.doctor.checks.clock import look_at_skyvern_clock
from skyvern_ui.doctor.checks.live import look_at_handshake, look_at_mode
from skyvern_ui.doctor.checks.live_frame import look_at_frame
from skyvern_ui.doctor.checks.open_doors import API, look_at
from skyvern_ui.doctor.deploy.findings import look_at_keyless_skyvern
from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog
from tests.doctor.fronts import patient
from tests.real.skyvern import RealSkyvern
from tests.support.databases import SqliteTemplate, settings_for

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(300)]


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[Flask]:
    with SqliteTemplate(tmp_path).fresh(tmp_path) as url:
        app = create_app(settings_for(url, tmp_path))
        yield app
        with app.app_context():
            db.engine.dispose()
        app.extensions["reader"].close()


def test_the_live_sockets_are_sound_and_a_bad_key_is_told(ours: Flask, real_skyvern: RealSkyvern) -> None:
    found = look_at_handshake(patient(ours, real_skyvern.url, real_skyvern.key))
    assert found.verdict == "ok", found
    bad = look_at_handshake(patient(ours, real_skyvern.url, "not-a-key-of-it"))
    assert (bad.verdict, bad.code) == ("fail", "socket_key_refused"), bad
    lost = look_at_handshake(patient(ours, real_skyvern.url + "/elsewhere", real_skyvern.key))
    assert (lost.verdict, lost.code) == ("fail", "socket_route_missing"), lost


def test_its_mode_clock_and_doors(ours: Flask, real_skyvern: RealSkyvern) -> None:
    here = patient(ours, real_skyvern.url, real_skyvern.key)
    assert look_at_mode(here).verdict == "ok", look_at_mode(here)
    assert look_at_skyvern_clock(here).verdict == "ok"
    assert look_at_keyless_skyvern(here).verdict == "ok"
    seen = look_at("127.0.0.1", [replace(API, port=here.connection.port)])[0]  # type: ignore[union-attr]
    assert seen.state == "open" and not seen.keyless


def test_a_browser_is_opened_looked_at_and_closed(ours: Flask, real_skyvern: RealSkyvern) -> None:
    here = patient(ours, real_skyvern.url, real_skyvern.key)
    found = look_at_frame(replace(here, thorough=True, actor=Actor("person", None, "Ada")))
    assert found.verdict == "ok", found
    with ours.app_context():
        rows = db.session.scalars(select(AuditLog).order_by(AuditLog.created_at)).all()
        assert [(row.action, row.outcome) for row in rows] == [("browser_session.create", "done"),
                                                               ("browser_session.close", "done")]
        session_id = str(rows[1].resource_id)
    answer = requests.get(f"{real_skyvern.url}/v1/browser_sessions/{session_id}", timeout=20,
                          headers={"x-api-key": real_skyvern.key}).json()
    assert answer["completed_at"], answer
