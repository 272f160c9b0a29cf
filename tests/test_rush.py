"""A rush of sockets is spread out (X63)."""

from __future__ import annotations

import pytest
from flask import Flask

from skyvern_ui import sockets
from skyvern_ui.rush import Rush, come_back_in


def test_a_second_has_its_fill_and_the_next_begins_anew() -> None:
    now = [10.2]
    rush = Rush(3, clock=lambda: now[0])
    assert [rush.is_on() for _ in range(5)] == [False, False, False, True, True]
    now[0] = 11.0
    assert not rush.is_on()


def test_those_sent_away_do_not_come_back_together() -> None:
    assert {come_back_in() for _ in range(300)} == {1, 2, 3, 4, 5}


def test_a_socket_too_many_is_told_when_to_come_back(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "RUSH", Rush(0))
    client = app.test_client()
    signed_in = client.post("/api/auth/sign-in/email", headers={"Origin": "http://localhost"},
                            json={"email": "ben@example.com", "password": "correct horse battery staple"})
    assert signed_in.status_code == 200
    answer = client.get("/runs/tsk_1/frames", headers={
        "Origin": "http://localhost", "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="})
    assert answer.status_code == 503 and 1 <= int(answer.headers["Retry-After"]) <= 5
