"""The doctor's rounds as they are deployed: two workers, one of them looks, and another goes on when it dies."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

from skyvern_ui.audit import CLI
from skyvern_ui.doctor.history.rules import latest_findings
from skyvern_ui.extensions import db
from skyvern_ui.models.checkup import Checkup
from skyvern_ui.models.lease import Lease
from skyvern_ui.settings.rules import save_connection

from ..sandbox_server import Sandbox
from ..support.server import running_server, wait_for

ROUND = "/v1/runs?page=1&page_size=10"  # asked once in each whole round


def rounds(sandbox: Sandbox) -> int:
    return len(sandbox.requests(ROUND))


def holders(app: Flask) -> list[str]:
    with app.app_context():
        try:
            return list(db.session.scalars(select(Lease.holder).where(Lease.name == "doctor")))
        finally:
            db.session.remove()


def known(app: Flask) -> set[str]:
    with app.app_context():
        return set(latest_findings())


def test_one_of_two_workers_looks(connected: Flask, database_url: str, sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.forget_calls()
    with running_server(database_url, tmp_path, workers=2, DOCTOR_MINUTES="10") as server:
        wait_for(lambda: rounds(sandbox) == 1, 60, "the first round")
        [holder] = holders(connected)
        assert {"network", "key"} <= known(connected)
        with connected.app_context():
            twice = db.session.execute(select(Checkup.check).where(Checkup.ended_at.is_(None)).group_by(Checkup.check)
                                       .having(func.count() > 1)).all()
            db.session.remove()
        assert twice == [], "one open period each"
        for number in (2, 3):  # a new connection is looked at at once, by everybody who looks
            with connected.app_context():
                save_connection(connected.extensions["sealer"], sandbox.url, sandbox.key, CLI)
                db.session.remove()
            wait_for(lambda: rounds(sandbox) >= number, 60, "a round")  # noqa: B023 - called at once
        assert rounds(sandbox) == 3, "two workers look as if they were two"
        assert holders(connected) == [holder]
        visitor = server.visitor("ada@example.com")
        assert "skyvern" in visitor.get("/doctor/history").text.lower()
    assert "Traceback" not in server.log, server.log[-3000:]


def test_a_mend_is_on_every_page_within_seconds_and_a_killed_server_is_no_loss(
        connected: Flask, database_url: str, sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.fault("/", "status", status=403, count=10_000, body={"detail": "Could not validate credentials"})
    with running_server(database_url, tmp_path, workers=2, DOCTOR_MINUTES="10") as server:
        wait_for(lambda: "key" in known(connected) or "network" in known(connected), 60, "the first round")
        ada = server.visitor("ada@example.com")
        wait_for(lambda: "doctor-banner" in ada.get("/account").text, 30, "the banner")
        os.killpg(server.process.pid, signal.SIGKILL)
        server.process.wait(10)
    sandbox.forget()
    with running_server(database_url, tmp_path, workers=2, DOCTOR_MINUTES="10") as server:
        ada = server.visitor("ada@example.com")
        wait_for(lambda: "doctor-banner" not in ada.get("/account").text, 60, "the mend to be seen")
        for _ in range(10):  # whichever worker answers
            assert "doctor-banner" not in server.visitor("ada@example.com").get("/account").text
    assert "Traceback" not in server.log, server.log[-3000:]
