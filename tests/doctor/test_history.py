"""Since when? One row per period, whoever writes, and what was seen of the model at some moment."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from skyvern_ui.doctor.finding import Finding, ok, skip
from skyvern_ui.doctor.history import rules as history_rules
from skyvern_ui.doctor.history.period import Change
from skyvern_ui.doctor.history.rules import forget, latest_findings, periods, remember, since
from skyvern_ui.doctor.history.standing_rules import banner_state, model_state_at
from skyvern_ui.extensions import db
from skyvern_ui.models.checkup import Checkup
from skyvern_ui.models.columns import now

from ..support.people import Browser

NOON = datetime(2026, 11, 21, 12)


def failing(check: str, code: str = "refused", layer: str = "network") -> Finding:
    return Finding(check, layer, "fail", code, f"{check} fails: {code}", "Because.", ("Mend it.", "$ mend"),
                   (("Host", "skyvern:8000"),), "/settings")


def fine(check: str, layer: str = "network") -> Finding:
    return ok(check, layer, "All is well", ("Status", "200"))


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def note(app: Flask, minutes: float, *findings: Finding) -> list[Change]:
    with app.app_context():
        return remember(findings, at(minutes))


def stood(app: Flask, check: str) -> list[tuple[str, str, float, float, float | None]]:
    """(verdict, cause, begin, last look, end) in minutes after noon, the oldest first."""
    def minutes(moment: datetime | None) -> float | None:
        return None if moment is None else (moment - NOON).total_seconds() / 60
    with app.app_context():
        found = periods(check)
        db.session.remove()
    return [(p.verdict, p.code, minutes(p.began_at) or 0, minutes(p.last_at) or 0, minutes(p.ended_at))
            for p in reversed(found)]


def test_looking_again_extends_a_period_and_another_answer_ends_it(app: Flask) -> None:
    first = note(app, 0, fine("network"))
    assert [(c.before, c.after.verdict) for c in first] == [(None, "ok")]
    assert note(app, 3, fine("network")) == []
    [change] = note(app, 6, failing("network"))
    assert change.before and (change.before.verdict, change.after.code) == ("ok", "refused")
    [other] = note(app, 9, failing("network", "tls"))
    assert other.before and (other.before.code, other.after.code) == ("refused", "tls")
    assert stood(app, "network") == [("ok", "ok", 0, 3, 6), ("fail", "refused", 6, 6, 9), ("fail", "tls", 9, 9, None)]


def test_a_finding_comes_back_as_it_was_written(app: Flask) -> None:
    note(app, 0, failing("key"))
    with app.app_context():
        assert latest_findings()["key"].finding == failing("key")


def test_a_model_that_nobody_uses_any_more_is_nobodys_trouble(app: Flask) -> None:
    trouble = [failing("model-answer-gateway", "quota", "model"), failing("model-custom-a_1-reach", "tls", "model"),
               failing("model-custom-a_2-key", "wrong", "model")]
    with app.app_context():
        remember(trouble)
        assert banner_state() is not None
        remember([replace(skip("model-answer-gateway", "model", "Not in use"), code=history_rules.UNUSED)])
        assert set(latest_findings()) == {"model-custom-a_1-reach", "model-custom-a_2-key"}
        history_rules.end_of_models(["custom-a_1"])
        assert set(latest_findings()) == {"model-custom-a_2-key"}
        history_rules.end_of_models(["custom-a_2"])
        assert banner_state() is None
        db.session.remove()


def test_what_was_not_looked_at_says_nothing(app: Flask) -> None:
    note(app, 0, failing("key"))
    assert note(app, 3, skip("key", "key", "It makes sense only when the network is right.")) == []
    note(app, 6, failing("key"))
    assert stood(app, "key") == [("fail", "refused", 0, 6, None)]


def test_the_worst_of_two_findings_of_one_name_counts(app: Flask) -> None:
    note(app, 0, fine("network"), failing("network"), fine("network"))
    assert [row[0] for row in stood(app, "network")] == ["fail"]


def test_a_time_in_which_nobody_looked_is_not_called_healthy(app: Flask) -> None:
    note(app, 0, fine("network"), fine("model", "model"))
    note(app, 14, fine("network"), fine("model", "model"))
    assert note(app, 120, fine("network"), fine("model", "model")) == [], "nothing changed, as far as anybody knows"
    for check in ("network", "model"):
        assert stood(app, check) == [("ok", "ok", 0, 14, 14), ("ok", "ok", 120, 120, None)]
    [change] = note(app, 200, failing("network"))
    assert change.before and change.before.ended_at is None
    assert stood(app, "network")[1:] == [("ok", "ok", 120, 120, 120), ("fail", "refused", 200, 200, None)]


def test_a_clock_that_goes_back_makes_no_period_end_before_it_began(app: Flask) -> None:
    note(app, 10, fine("network"))
    note(app, 4, failing("network"))
    [fine_then, failing_now] = stood(app, "network")
    assert fine_then[0] == "ok" and fine_then[4] == failing_now[2], "no hole, no overlap"
    assert failing_now[0] == "fail" and 10 < failing_now[2] < 10.001


def test_since_when_goes_back_over_other_causes_and_over_what_the_doctor_did_not_know(app: Flask) -> None:
    note(app, 0, fine("key"))
    note(app, 3, failing("key", "expired"))
    note(app, 6, failing("key", "garbage"))
    note(app, 9, Finding("key", "key", "unknown", "check_broke", "This check could not be made"))
    note(app, 12, failing("key", "expired"))
    with app.app_context():
        assert since("key") == at(3)
        assert since("network") is None
        db.session.remove()


def test_two_workers_and_two_admins_keep_one_open_period_each(app: Flask) -> None:
    together = threading.Barrier(8)

    def look(number: int) -> None:
        together.wait(10)
        for turn in range(6):
            with app.app_context():
                remember([failing("network", f"code{(number + turn) % 3}"), fine("key")])

    with ThreadPoolExecutor(8) as pool:
        for each in [pool.submit(look, number) for number in range(8)]:
            each.result(60)
    with app.app_context():
        open_rows = db.session.execute(select(Checkup.check, func.count()).where(Checkup.ended_at.is_(None))
                                       .group_by(Checkup.check)).all()
        every = periods("network", most=500)
        db.session.remove()
    assert sorted(map(tuple, open_rows)) == [("key", 1), ("network", 1)]
    assert len(every) > 3, "the eight got in each other's way too little to prove anything"
    ordered = sorted(every, key=lambda each: (each.began_at, each.ended_at or datetime.max))
    for one, other in zip(ordered, ordered[1:], strict=False):
        assert one.ended_at == other.began_at, "periods overlap, or leave a hole"


def test_the_model_at_some_moment_is_what_was_seen_nearest_to_it(app: Flask) -> None:
    note(app, 0, fine("model-answer", "model"))
    note(app, 5, fine("model-answer", "model"))
    note(app, 14, failing("model-answer", "balance", "model"))
    with app.app_context():
        seen = {minute: model_state_at(at(minute)) for minute in (-20, -9, 3, 8, 12, 14, 23, 25)}
        zoned = model_state_at(at(14).replace(tzinfo=UTC).astimezone())
        db.session.remove()
    assert seen[-20] is None and seen[25] is None
    told = {minute: (state.worst.code, state.is_failing, state.seconds_away) for minute, state in seen.items() if state}
    assert told == {-9: ("ok", False, 540), 3: ("ok", False, 0), 8: ("ok", False, 180),
                    12: ("balance", True, 120), 14: ("balance", True, 0), 23: ("balance", True, 540)}
    assert zoned and zoned.worst.code == "balance", "a moment with a zone is the same moment"


def test_the_worst_of_several_models_is_the_state_of_the_model(app: Flask) -> None:
    note(app, 0, fine("model-answer-a", "model"), failing("model-answer-b", "rate", "model"),
         fine("model-view", "model"),
         Finding("model-image", "model", "unknown", "check_broke", "Unknown"), failing("network"))
    with app.app_context():
        state = model_state_at(at(1))
        db.session.remove()
    assert state and state.worst.check == "model-answer-b" and len(state.periods) == 3


def test_the_banner_names_the_first_cause_and_since_when(app: Flask) -> None:
    moment = now()
    with app.app_context():
        assert banner_state() is None
        remember([fine("network"), failing("webhooks", "unreachable", "webhooks")], moment - timedelta(minutes=20))
        assert banner_state() is None, "nothing that everybody depends on"
        remember([failing("key", "expired"), failing("model-answer", "x", "model")], moment - timedelta(minutes=9))
        remember([failing("key", "garbage"), failing("network")], moment - timedelta(minutes=1))
        trouble = banner_state()
        assert trouble and trouble.finding.check == "network"
        remember([fine("network")], moment)
        trouble = banner_state()
        assert trouble and (trouble.finding.code, trouble.since) == ("garbage", moment - timedelta(minutes=9))
        remember([fine("key")], moment)
        trouble = banner_state()
        assert trouble and trouble.finding.check == "model-answer"
        db.session.remove()


def test_the_banner_says_nothing_of_what_nobody_has_looked_at_lately(app: Flask) -> None:
    with app.app_context():
        remember([failing("key")], now() - timedelta(minutes=16))
        assert banner_state() is None
        db.session.remove()


@pytest.mark.parametrize("kept", [3])
def test_old_periods_go_and_so_do_too_many(app: Flask, monkeypatch: pytest.MonkeyPatch, kept: int) -> None:
    monkeypatch.setattr(history_rules, "MOST_EACH", kept)
    today = now()
    with app.app_context():
        remember([fine("clock")], today - timedelta(days=91))
        for turn in range(5):
            remember([failing("network", f"code{turn}"), fine("key")], today + timedelta(minutes=turn))
        forget()
        assert [p.code for p in periods("network")] == ["code4", "code3", "code2"]
        assert len(periods("key")) == 1 and periods("clock") == []
        db.session.remove()


def test_the_page_of_the_history(app: Flask, ada: Browser) -> None:
    empty = ada.get("/doctor/history")
    assert empty.status == 200 and "Nobody has looked yet" in empty.words
    moment = now()
    for minutes, *findings in ((300, fine("network"), fine("key", "key")), (280, fine("network"), fine("key", "key")),
                               (61, failing("key", "expired", "key"), fine("network")),
                               (58, failing("key", "garbage", "key"), fine("network")),
                               (2, failing("key", "garbage", "key"), fine("network"))):
        with app.app_context():
            remember(findings, moment - timedelta(minutes=minutes))
    page = ada.get("/doctor/history")
    assert [each.get_text() for each in page.all(".week__name")] == ["The way to Skyvern", "The key"]
    assert len(page.all(".week__line")[0].select(".week__piece")) == 84
    assert page.all(".week__line")[1]["aria-label"].startswith("The key: failed in ")
    titles = [each.get_text() for each in page.all(".period__title")]
    assert sorted(titles[:2]) == ["All is well", "key fails: garbage"] and len(titles) == 7
    assert page.one(".tell a")["href"] == "/notices/new?doctor=1"
    trouble = ada.get("/doctor/history?trouble=1")
    assert [each.get_text() for each in trouble.all(".period__sub code")] == ["garbage", "garbage", "expired"]
    assert trouble.one("#periods input[name=trouble]").has_attr("checked")
    one = ada.get("/doctor/history?check=key")
    assert "key fails: garbage" in one.one(".standing h2").get_text()
    since_when = one.all(".standing time")[0]["datetime"]
    assert since_when == f"{moment - timedelta(minutes=61):%Y-%m-%dT%H:%M:%SZ}", "since the first of its causes"
    assert "skyvern:8000" in one.words, "the evidence"
    assert ada.get("/doctor/history?layer=network").words.count("key fails") == 0
    assert "Nothing matches" in ada.get("/doctor/history?layer=network&trouble=1").words


def test_the_history_is_read_page_by_page(app: Flask, ada: Browser) -> None:
    with app.app_context():
        begin = now()
        for turn in range(60):  # two of them begin in the same moment
            remember([failing("network", f"code{turn}"), failing("prefixes", f"code{turn}")],
                     begin - timedelta(minutes=65 - turn))
    seen: list[str] = []
    path = "/doctor/history?layer=network"
    for _ in range(3):
        page = ada.get(path)
        seen += [each.get_text() for each in page.all(".period__sub code")]
        further = [each["href"] for each in page.all(".pager a") if "before=" in each["href"]]
        path = further[0] if further else ""
    assert seen == [f"code{turn // 2}" for turn in range(119, -1, -1)] and path == ""


@pytest.mark.parametrize("query", ["check=NOPE!", "layer=nope", "before=yesterday", "before=2026-11-21T10:00:00Z~ab",
                                   "before=2026-13-41T10:00:00~ab", "check=%00"])
def test_an_address_nobody_wrote_is_not_found(app: Flask, ada: Browser, query: str) -> None:
    assert ada.get(f"/doctor/history?{query}").status == 404


def test_the_history_is_for_admins(app: Flask, ben: Browser, nobody: Browser) -> None:
    assert ben.get("/doctor/history").status == 403
    assert nobody.get("/doctor/history").status == 303


def test_words_from_outside_are_text(app: Flask, ada: Browser) -> None:
    with app.app_context():
        remember([Finding("network", "network", "fail", "x", "<script>alert(1)</script>", "<b>", ("<i>",),
                          (("<u>", "<img src=x onerror=alert(1)>"),))])
    page = ada.get("/doctor/history?check=network")
    assert "<script>alert(1)</script>" in page.words and not page.all("main script, main img, main b > b")
