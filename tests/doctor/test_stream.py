"""An examination over a real socket: pieces leave as they are known, and several who look share one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from flask import Flask
from sqlalchemy import select
from werkzeug.serving import WSGIRequestHandler, make_server

from skyvern_ui.database import writing
from skyvern_ui.doctor.check import Check, Patient
from skyvern_ui.doctor.finding import Finding, ok
from skyvern_ui.doctor.history.rules import latest_findings
from skyvern_ui.doctor.pages import PAUSE
from skyvern_ui.doctor.scrub import Scrub
from skyvern_ui.doctor.visit import Visit
from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog, User

from ..support.people import Browser
from ..support.server import wait_for
from ..support.serving import serving
from .gate import BROKEN, Gate, fine, of


class Silent(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        """Nothing."""


class Site:
    """The application behind a socket. What streams is read to where the test wants it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def examine(self, person: Browser, htmx: bool = True, **data: str) -> Reading:
        person.token()
        cookies = {name: found.value for name in ("skyvern_ui", "skyvern_ui_form")
                   if (found := person.client.get_cookie(name)) is not None}
        headers = {"Origin": self.url, "Accept-Encoding": "gzip", **({"HX-Request": "true"} if htmx else {})}
        return Reading(requests.post(f"{self.url}/doctor/examination", data={"csrf_token": person.token(), **data},
                                     headers=headers, cookies=cookies, stream=True, timeout=15))


class Reading:
    def __init__(self, answer: requests.Response) -> None:
        self.answer, self.text = answer, ""
        self._chunks = answer.iter_content(None)

    def until(self, words: str) -> str:
        """Reads on until these words have come."""
        while words not in self.text:
            self.text += next(self._chunks).decode()
        return self.text

    def rest(self) -> str:
        """All that is still to come."""
        begun = len(self.text)
        for chunk in self._chunks:
            self.text += chunk.decode()
        return self.text[begun:]


@pytest.fixture
def site(app: Flask) -> Iterator[Site]:
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Silent)
    server.daemon_threads = True  # type: ignore[attr-defined]
    with serving(server):
        yield Site(f"http://127.0.0.1:{server.server_port}")


def audited(app: Flask) -> int:
    with app.app_context():
        try:
            return len(db.session.scalars(select(AuditLog).where(AuditLog.action == "doctor.examine")).all())
        finally:
            db.session.remove()


def test_the_cause_is_told_while_the_rest_is_still_looked_at(
        site: Site, ada: Browser, checks: Callable[..., None], gate: Gate) -> None:
    checks(fine("settings"), of(BROKEN), gate.check(ok("model", "model", "The model answers")))
    reading = site.examine(ada)
    text = reading.until("What to do stands above.")
    assert "The key is not one of Skyvern" in text and "check-model" not in text and "data-whole" not in text
    headers = reading.answer.headers
    assert headers["X-Accel-Buffering"] == "no" and headers["Cache-Control"] == "no-store"
    assert "Content-Encoding" not in headers
    gate.opened.set()
    rest = reading.rest()
    assert "check-model" in rest and "data-whole" in rest and rest.endswith(PAUSE)


def test_without_scripts_the_page_grows_in_order(
        site: Site, ada: Browser, checks: Callable[..., None], gate: Gate) -> None:
    checks(fine("files"), gate.check(ok("settings", "own", "The settings are sound")), fine("network", "network"),
           of(BROKEN))
    reading = site.examine(ada, htmx=False)
    got = reading.until("check-files")
    assert "<title>Doctor" in got and "Looking at 4 things" in got
    assert "check-network" not in got, "what ended early waits for its turn"
    gate.opened.set()
    reading.rest()
    got = reading.text
    places = [got.index(f'id="{name}"') for name in ("check-settings", "check-network", "check-key", "doctor-verdict")]
    assert places == sorted(places) and got.rstrip().endswith("</html>") and PAUSE not in got


def test_a_second_look_joins_the_first(app: Flask, site: Site, ada: Browser, checks: Callable[..., None],
                                       gate: Gate) -> None:
    checks(fine("settings"), gate.check(BROKEN))
    first = site.examine(ada)
    first.until("check-settings")
    second = site.examine(ada)
    second.until("check-settings")
    refused = site.examine(ada, thorough="1")
    assert refused.answer.status_code == 429 and "under way" in refused.rest()
    gate.opened.set()
    assert "data-whole" in first.rest() and "data-whole" in second.rest()
    assert gate.begun == 1 and audited(app) == 1


def test_a_thorough_look_is_joined_by_a_quick_one(app: Flask, site: Site, ada: Browser, checks: Callable[..., None],
                                                  gate: Gate) -> None:
    checks(fine("settings"), gate.check(ok("deep", "live", "Deep"), thorough=True))
    first = site.examine(ada, thorough="1")
    first.until("check-settings")
    second = site.examine(ada)
    gate.opened.set()
    assert "check-deep" in second.rest() and gate.begun == 1


def test_a_process_makes_only_a_few_at_once(app: Flask, site: Site, ada: Browser, checks: Callable[..., None],
                                            gate: Gate) -> None:
    checks(gate.check(BROKEN))
    browsers = [Browser(app, "ada") for _ in range(4)]
    for browser in browsers:
        browser.sign_in("ada@example.com")
        site.examine(browser).until(PAUSE)
    refused = site.examine(ada)
    assert refused.answer.status_code == 503 and refused.answer.headers["Retry-After"] == "5"
    assert "Several examinations are under way" in refused.rest()
    gate.opened.set()
    wait_for(lambda: site.examine(ada).answer.status_code == 200, 10, "a free place")


def test_whoever_leaves_ends_nothing(app: Flask, site: Site, ada: Browser, checks: Callable[..., None],
                                     gate: Gate) -> None:
    checks(fine("settings"), gate.check(BROKEN))
    reading = site.examine(ada)
    reading.until("check-settings")
    reading.answer.close()
    wait_for(lambda: len(app.extensions["streams"]) == 0, 10, "the stream to be let go of")
    gate.opened.set()

    def is_known() -> bool:
        with app.app_context():
            return "key" in latest_findings()
    wait_for(is_known, 10, "the end of the examination")


def test_whoever_is_shut_out_sees_no_more(app: Flask, site: Site, ada: Browser, checks: Callable[..., None],
                                          gate: Gate) -> None:
    after = Gate()
    after.opened.set()
    checks(fine("settings"), gate.check(ok("network", "network", "It answers")),
           after.check(BROKEN, needs=("network",)))
    reading = site.examine(ada)
    reading.until("check-settings")
    with app.app_context():
        with writing() as session:
            user = session.get(User, "user-ada")
            assert user is not None
            user.banned = True
        db.session.remove()
    begun = time.monotonic()
    reading.rest()
    assert time.monotonic() - begun < 6
    assert "doctor-verdict" not in reading.text and "check-network" not in reading.text
    gate.opened.set()
    wait_for(lambda: all(each.is_over for each in app.extensions["visits"]._under_way.values()), 10, "its end")
    assert after.begun == 0, "nothing more is asked for somebody who may not ask"


def patient() -> Any:
    from skyvern_ui.config import Settings
    return Patient(None, Settings.from_env({"SECRET_KEY": "x" * 40}), None)  # type: ignore[arg-type]


def test_an_examination_is_over_in_time_and_says_what_hung(gate: Gate) -> None:
    never = Check("never", "live", "Never begun", lambda _patient: ok("never", "live", "Never"), needs=("network",))
    begun = time.monotonic()
    visit = Visit(patient(), (fine("settings"), gate.check(ok("network", "network", "It answers")), never), Scrub([]),
                  seconds=0.6).start()
    found = {check.name: findings for check, findings in filter(None, visit.in_order())}
    assert time.monotonic() - begun < 4
    assert [(each.verdict, each.code) for each, in found.values()] == [
        ("ok", "ok"), ("fail", "check_hung"), ("skip", "skipped")]


def test_what_breaks_inside_breaks_only_itself() -> None:
    def broken(_patient: Patient) -> Finding:
        raise ValueError("oops")

    def told(_found: list[Finding]) -> None:
        raise ValueError("the history broke")
    visit = Visit(patient(), (Check("a", "own", "A", broken), fine("b")), Scrub([]), then=told).start()
    assert {check.name: findings[0].verdict for check, findings in filter(None, visit.news())} == {
        "a": "unknown", "b": "ok"}
