"""The doctor's stream under gevent workers, as it is deployed."""

from __future__ import annotations

import time

from ..sandbox_server import Sandbox
from ..support.server import Server, wait_for

FRAGMENTS = {"HX-Request": "true"}


def examination(served: Server) -> tuple[list[tuple[float, str]], str]:
    """The pieces with the seconds at which they came, and the headers of interest."""
    ada = served.visitor("ada@example.com")
    token = ada.get("/doctor").text.partition('name="csrf_token" value="')[2].partition('"')[0]
    begun = time.monotonic()
    answer = ada.post("/doctor/examination", data={"csrf_token": token}, headers=FRAGMENTS, stream=True, timeout=40)
    assert answer.status_code == 200 and "Content-Encoding" not in answer.headers
    came = [(time.monotonic() - begun, piece.decode()) for piece in answer.iter_content(None)]
    return came, "".join(text for _, text in came)


def test_a_sound_house_is_found_sound(served: Server) -> None:
    came, text = examination(served)
    assert text.count("data-whole") == 1 and 'id="check-own-database" data-check data-state="ok"' in text
    assert 'data-verdict="fail"' not in text
    assert came[0][0] < 1.5, "the first piece does not wait for the last"


def test_a_skyvern_that_hangs_holds_nobody_up(served: Server, sandbox: Sandbox) -> None:
    sandbox.fault("/", "hang", seconds=30, count=1000)
    came, text = examination(served)
    sandbox.forget()
    own = next(at for at, piece in came if "check-own-settings" in piece)
    assert own < 3 and came[-1][0] < 25, came[-1][0]
    assert 'id="check-own-database" data-check data-state="ok"' in text
    whole = text[text.rindex('id="doctor-verdict"'):]
    assert 'data-verdict="fail"' in whole and "data-whole" in whole


def test_whoever_leaves_leaves_nothing_open(served: Server, sandbox: Sandbox) -> None:
    sandbox.fault("/", "hang", seconds=8, count=1000)
    ada = served.visitor("ada@example.com")
    token = ada.get("/doctor").text.partition('name="csrf_token" value="')[2].partition('"')[0]
    answer = ada.post("/doctor/examination", data={"csrf_token": token}, headers=FRAGMENTS, stream=True)
    next(answer.iter_content(None))
    answer.close()
    wait_for(lambda: ada.get("/doctor/report.txt").text.count("Skyvern") >= 2, 30, "what was found without a reader")
    sandbox.forget()
