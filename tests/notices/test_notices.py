"""Being told when a run ends: by mail, by webhook, on the page; once, and only what may be seen."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from skyvern_ui.audit import CLI
from skyvern_ui.database import writing
from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog
from skyvern_ui.models.columns import now
from skyvern_ui.models.watch import Notice, Watch
from skyvern_ui.notices.delivery import deliver
from skyvern_ui.notices.outbox import claim_news
from skyvern_ui.notices.watching import look
from skyvern_ui.settings.rules import save_preferences
from skyvern_ui.skyvern.errors import SkyvernError
from skyvern_ui.users.rules import ban, remove

from ..sandbox_server import Sandbox
from ..support.mail_sink import Sink
from ..support.people import Browser
from ..support.receiver import Receiver
from ..support.server import wait_for
from .conftest import over, rows

Watching = Callable[..., str]
pytestmark = pytest.mark.usefixtures("connected")


def change(app: Flask, **values: object) -> None:
    with app.app_context():
        with writing() as session:
            session.execute(update(Notice).values(**values))
        db.session.remove()


def cancelled(sandbox: Sandbox, run_id: str) -> None:
    assert sandbox.call("POST", f"/v1/runs/{run_id}/cancel").status_code == 200


def test_nothing_is_asked_while_nobody_watches(app: Flask, sandbox: Sandbox) -> None:
    sandbox.forget_calls()
    assert look(app) == 0 and deliver(app) == 0
    assert sandbox.requests() == []


def test_a_mail_says_what_happened_and_where_to_look(app: Flask, ben: Browser, sandbox: Sandbox, sink: Sink,
                                                     watching: Watching) -> None:
    run_id = watching(ben, "Find the lamp [fail]", channel="email")
    over(sandbox, run_id)
    reason = sandbox.call("GET", f"/v1/runs/{run_id}").json()["failure_reason"]
    assert look(app) == 1
    assert deliver(app) == 1
    letter, = sink.letters
    assert letter["To"] == "ben@example.com" and letter["From"].endswith("<runs@skyvern.example>")
    assert letter["Subject"] == "Find the lamp [fail] failed"
    text = letter.get_content()
    assert reason[:40] in text and f"http://localhost/runs/{run_id}" in text and "http://localhost/notices" in text
    assert look(app) == 0 and deliver(app) == 0 and len(sink.letters) == 1
    assert [n.status for n in rows(app, Notice)] == ["sent"]
    assert "Find the lamp [fail] failed" in ben.get("/notices").words
    assert "Stop" not in ben.get("/notices").words


def test_a_webhook_is_signed_and_carries_its_id(app: Flask, ben: Browser, sandbox: Sandbox, receiver: Receiver,
                                                watching: Watching) -> None:
    run_id = watching(ben, address=receiver.url, secret="whisper")
    assert look(app) == 0, "it is not over yet"
    cancelled(sandbox, run_id)
    assert look(app) == 1 and deliver(app) == 1
    (headers, body), = receiver.got
    stamp = headers["x-skyvern-ui-timestamp"]
    good = hmac.new(b"whisper", stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert headers["x-skyvern-ui-signature"] == "sha256=" + good
    assert headers["x-skyvern-ui-notice"] == receiver.messages[0]["id"] == rows(app, Notice)[0].id
    assert receiver.messages[0]["event"] == "run.ended"
    assert receiver.messages[0]["run"]["status"] == "canceled" and receiver.messages[0]["run"]["id"] == run_id
    stored = rows(app, Watch)[0].secret
    assert stored and "whisper" not in stored


def test_the_page_is_told_exactly_once(app: Flask, ben: Browser, cleo: Browser, sandbox: Sandbox,
                                       watching: Watching) -> None:
    run_id = watching(ben, "Look [slow]", channel="browser")
    assert ben.get("/runs").one("#notices-news [hx-post='/notices/news']")
    assert not cleo.get("/runs").all("#notices-news")
    assert ben.post("/notices/news", htmx=True).status == 204
    cancelled(sandbox, run_id)
    assert look(app) == 1 and deliver(app) == 0
    assert not cleo.post("/notices/news").all("[data-news]")
    shown = ben.post("/notices/news", htmx=True)
    line = shown.one("[data-news]")
    assert line.get_text() == "Look [slow] was canceled" and line["data-href"] == f"/runs/{run_id}"
    assert not shown.all("[hx-post]"), "nothing is waited for any more"
    assert not ben.post("/notices/news", htmx=True).all("[data-news]")
    assert not ben.get("/runs").all("#notices-news")


def test_two_pages_at_once_show_it_once(app: Flask, ben: Browser, sandbox: Sandbox, watching: Watching) -> None:
    run_id = watching(ben, channel="browser")
    cancelled(sandbox, run_id)
    look(app)
    gate, shown = threading.Barrier(6), []

    def page() -> None:
        with app.app_context():
            gate.wait(10)
            shown.extend(claim_news("user-ben"))
            db.session.remove()

    threads = [threading.Thread(target=page) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(shown) == 1


@pytest.mark.parametrize(("outcomes", "prompt", "told"), [
    ("all", "x", 1), ("trouble", "x", 0), ("trouble", "[fail]", 1), ("paused", "[fail]", 0),
])
def test_only_the_wished_ends_are_told(app: Flask, ben: Browser, sandbox: Sandbox, watching: Watching,
                                       outcomes: str, prompt: str, told: int) -> None:
    run_id = watching(ben, prompt, channel="email", outcomes=outcomes)
    over(sandbox, run_id)
    assert look(app) == told
    assert rows(app, Watch)[0].ended_at is not None
    sandbox.forget_calls()
    look(app)
    assert sandbox.requests() == [], "what is over is not asked for again"


def test_a_wait_for_a_person_is_told_and_the_end_as_well(app: Flask, ben: Browser, sandbox: Sandbox, sink: Sink
                                                         ) -> None:
    definition = {"title": "Pay", "workflow_definition": {"version": 1, "parameters": [], "blocks": [
        {"block_type": "human_interaction", "label": "ask", "instructions": "May it be paid?",
         "recipients": ["a@example.com"]}]}}
    wpid = sandbox.call("POST", "/v1/workflows", json={"json_definition": definition}).json()["workflow_permanent_id"]
    run_id = sandbox.call("POST", "/v1/run/workflows", json={"workflow_id": wpid}).json()["run_id"]
    ben.post("/notices", {"run": run_id, "about": "run", "outcomes": "all", "channel": "email"})

    def is_told() -> bool:
        look(app)
        return bool(rows(app, Notice))

    wait_for(is_told, 20, "the pause to be noticed")
    assert look(app) == 0
    deliver(app)
    assert sink.letters[0]["Subject"] == "Pay waits for a person"
    assert "May it be paid?" in sink.letters[0].get_content()
    assert "You are told by e-mail" in ben.get(f"/runs/{run_id}").words
    cancelled(sandbox, run_id)
    assert look(app) == 1
    deliver(app)
    assert sink.letters[1]["Subject"] == "Pay was canceled"


def test_every_later_run_of_a_workflow_is_told_once(app: Flask, ben: Browser, sandbox: Sandbox, receiver: Receiver
                                                    ) -> None:
    definition = {"title": "Daily", "workflow_definition": {"version": 1, "parameters": [], "blocks": [
        {"block_type": "navigation", "label": "go", "navigation_goal": "x", "url": "https://shop.example.com"}]}}
    wpid = sandbox.call("POST", "/v1/workflows", json={"json_definition": definition}).json()["workflow_permanent_id"]
    before = sandbox.call("POST", "/v1/run/workflows", json={"workflow_id": wpid}).json()["run_id"]
    over(sandbox, before)
    told = ben.post("/notices", {"workflow": wpid, "about": "workflow", "outcomes": "all", "channel": "webhook",
                                 "address": receiver.url})
    assert told.headers["Location"] == "/notices", told.words
    assert look(app) == 0
    later = [sandbox.call("POST", "/v1/run/workflows", json={"workflow_id": wpid}).json()["run_id"] for _ in range(2)]
    for run_id in later:
        over(sandbox, run_id)
    assert look(app) == 2
    deliver(app)
    assert sorted(m["run"]["id"] for m in receiver.messages) == sorted(later)
    assert look(app) == 0
    third = sandbox.call("POST", "/v1/run/workflows", json={"workflow_id": wpid}).json()["run_id"]
    over(sandbox, third)
    assert look(app) == 1
    deliver(app)
    assert receiver.messages[-1]["run"]["id"] == third and len(receiver.messages) == 3


def test_a_receiver_that_is_away_is_tried_again_and_given_up_after_a_day(
        app: Flask, ben: Browser, sandbox: Sandbox, receiver: Receiver, watching: Watching) -> None:
    run_id = watching(ben, address=receiver.url)
    cancelled(sandbox, run_id)
    look(app)
    receiver.answers += [500, 302]
    assert deliver(app) == 1 and deliver(app) == 0, "it waits before it tries again"
    found, = rows(app, Notice)
    assert found.status == "due" and found.problem == "The receiver answered 500." and found.next_try_at > now()
    change(app, next_try_at=now())
    deliver(app)
    assert "never followed" in str(rows(app, Notice)[0].problem)
    assert "tries again" in ben.get("/notices").words
    change(app, next_try_at=now())
    deliver(app)
    assert rows(app, Notice)[0].status == "sent" and len(receiver.got) == 3
    assert len({headers["x-skyvern-ui-notice"] for headers, _ in receiver.got}) == 1
    change(app, status="due", next_try_at=now(), created_at=now() - timedelta(hours=24))
    receiver.answers += [503]
    deliver(app)
    assert rows(app, Notice)[0].status == "failed" and "503" in str(rows(app, Notice)[0].problem)


@pytest.mark.parametrize(("fault", "status", "words"), [
    ("refuse", "failed", "550"), ("busy", "due", "451"), ("hang_up", "due", "broke off"),
    ("swallow", "unknown", "may have arrived"),
])
def test_a_mail_server_that_misbehaves(app: Flask, ben: Browser, sandbox: Sandbox, sink: Sink, watching: Watching,
                                       fault: str, status: str, words: str) -> None:
    run_id = watching(ben, channel="email")
    cancelled(sandbox, run_id)
    look(app)
    sink.faults.append(fault)
    deliver(app)
    found, = rows(app, Notice)
    assert (found.status, words in str(found.problem)) == (status, True), found.problem
    change(app, next_try_at=now())
    deliver(app)
    assert len(sink.letters) == (0 if status == "failed" else 1)


def test_what_died_while_sending(app: Flask, ben: Browser, cleo: Browser, sandbox: Sandbox, sink: Sink,
                                 receiver: Receiver, watching: Watching) -> None:
    mailed, posted = watching(ben, channel="email"), watching(cleo, address=receiver.url)
    for run_id in (mailed, posted):
        cancelled(sandbox, run_id)
    look(app)
    change(app, status="sending", tries=1, next_try_at=now() + timedelta(minutes=4))
    assert deliver(app) == 0, "somebody else may still be sending it"
    change(app, next_try_at=now() - timedelta(seconds=1))
    deliver(app)
    assert {n.channel: n.status for n in rows(app, Notice)} == {"email": "unknown", "webhook": "sent"}
    assert sink.letters == [] and len(receiver.got) == 1
    assert "may have arrived" in ben.get("/notices").words


def test_many_senders_send_it_once(app: Flask, ben: Browser, sandbox: Sandbox, receiver: Receiver,
                                   watching: Watching) -> None:
    for _ in range(5):
        cancelled(sandbox, watching(ben, address=receiver.url))
    gate = threading.Barrier(4)

    def work() -> None:
        gate.wait(10)
        look(app)
        deliver(app)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    deliver(app)
    ids = [message["id"] for message in receiver.messages]
    assert len(ids) == len(set(ids)) == 5


def test_who_is_shut_out_hears_nothing(app: Flask, ben: Browser, cleo: Browser, sandbox: Sandbox, sink: Sink,
                                       watching: Watching) -> None:
    early, late, gone = watching(ben, channel="email"), watching(cleo, channel="email"), watching(cleo, channel="email")
    cancelled(sandbox, late)
    assert look(app) == 1
    with app.app_context():
        ban("user-cleo", None, None, CLI)
        ban("user-ben", None, None, CLI)
        db.session.remove()
    for run_id in (early, gone):
        cancelled(sandbox, run_id)
    assert look(app) == 0
    deliver(app)
    assert sink.letters == [] and [n.status for n in rows(app, Notice)] == ["dropped"]
    with app.app_context():
        remove("user-cleo", CLI)
        db.session.remove()
    assert {w.user_id for w in rows(app, Watch)} == {"user-ben"} and rows(app, Notice) == []


def test_private_runs_stay_private(app: Flask, ben: Browser, cleo: Browser, ada: Browser, sandbox: Sandbox, sink: Sink,
                                   watching: Watching) -> None:
    run_id = watching(ben, channel="browser")
    for browser in (cleo, ada):
        browser.post("/notices", {"run": run_id, "about": "run", "outcomes": "all", "channel": "email"})
    with app.app_context():
        save_preferences({"private_runs": True}, CLI)
        db.session.remove()
    assert cleo.get(f"/notices/new?run={run_id}").status == 404
    cancelled(sandbox, run_id)
    assert look(app) == 2
    deliver(app)
    assert [letter["To"] for letter in sink.letters] == ["ada@example.com"]


def test_what_was_told_of_runs_that_became_private_is_read_no_more(
        app: Flask, ben: Browser, cleo: Browser, sandbox: Sandbox, watching: Watching) -> None:
    run_id = watching(ben, "Find the Zanzibar lamp [slow]", channel="browser")
    cleo.post("/notices", {"run": run_id, "about": "run", "outcomes": "all", "channel": "browser"})
    cancelled(sandbox, run_id)
    assert look(app) == 2
    assert "Zanzibar lamp [slow] was canceled" in cleo.get("/notices").words
    with app.app_context():
        save_preferences({"private_runs": True}, CLI)
        db.session.remove()
    assert "Zanzibar lamp [slow] was canceled" not in cleo.get("/notices").words
    assert "Zanzibar" not in cleo.post("/notices/news").words
    assert "Zanzibar" in ben.post("/notices/news").words


def test_a_run_that_skyvern_cannot_tell_of_holds_up_no_other(app: Flask, ben: Browser, sandbox: Sandbox,
                                                              watching: Watching) -> None:
    broken, other = watching(ben, channel="browser"), watching(ben, channel="browser")
    cancelled(sandbox, broken)
    cancelled(sandbox, other)
    for path in (f"/v1/runs/{broken}", f"/api/v1/tasks/{broken}"):
        sandbox.fault(path, "status", status=500)
    assert look(app) == 1
    assert [n.run_id for n in rows(app, Notice)] == [other]
    assert look(app) == 1, "it is asked again, and was not told as gone"


def test_the_audit_does_not_keep_the_path_of_a_webhook(app: Flask, ben: Browser, receiver: Receiver,
                                                       watching: Watching) -> None:
    watching(ben, channel="webhook", address=f"{receiver.url}/services/secret-part")
    with app.app_context():
        row = db.session.scalars(select(AuditLog).where(AuditLog.action == "watch.create")).one()
        assert row.details is not None and row.details["to"] == receiver.url.removesuffix("/hook")
        db.session.remove()


def test_stopping_keeps_what_is_due_from_going_out(app: Flask, ben: Browser, cleo: Browser, sandbox: Sandbox,
                                                   sink: Sink, watching: Watching) -> None:
    run_id = watching(ben, channel="email")
    watch, = rows(app, Watch)
    assert cleo.post(f"/notices/{watch.id}/ending").status == 404
    assert ben.post("/notices/nonsense/ending").status == 404
    assert ben.post(f"/notices/{watch.id}/ending", {"run": run_id}).headers["Location"] == f"/runs/{run_id}"
    cancelled(sandbox, run_id)
    assert look(app) == 0 and deliver(app) == 0
    assert ben.post(f"/notices/{watch.id}/ending").status == 303, "twice is as good as once"


def test_the_same_wish_twice_is_one_watch(app: Flask, ben: Browser, watching: Watching) -> None:
    run_id = watching(ben, channel="email", outcomes="trouble")
    ben.post("/notices", {"run": run_id, "about": "run", "outcomes": "all", "channel": "email"})
    found, = rows(app, Watch)
    assert found.outcomes == "all"


def test_a_run_that_vanished_is_told_as_gone(app: Flask, ben: Browser, sandbox: Sandbox, sink: Sink,
                                             watching: Watching) -> None:
    watching(ben, "Find it [slow]", channel="email")
    sandbox.forget()
    assert look(app) == 1
    deliver(app)
    assert sink.letters[0]["Subject"] == "Find it [slow] is not there any more"


def test_with_skyvern_away_nothing_is_lost(app: Flask, ben: Browser, sandbox: Sandbox, sink: Sink,
                                           watching: Watching) -> None:
    run_id = watching(ben, channel="email")
    cancelled(sandbox, run_id)
    sandbox.fault("/v1/runs", "reset", count=20)
    with pytest.raises(SkyvernError):
        look(app)
    assert rows(app, Notice) == []
    sandbox.forget_faults()
    assert look(app) == 1


@pytest.mark.parametrize("data", [
    {"run": "tsk_404404"}, {"run": "nonsense"}, {"workflow": "nonsense"}, {"workflow": "wpid_404"}, {},
])
def test_what_cannot_be_watched_is_not_found(ben: Browser, data: dict[str, str]) -> None:
    query = "&".join(f"{k}={v}" for k, v in data.items())
    assert ben.get(f"/notices/new?{query}").status == 404
    assert ben.post("/notices", {**data, "about": "run", "channel": "browser", "outcomes": "all"}).status == 404


def test_a_run_that_is_over_cannot_be_waited_for(ben: Browser, sandbox: Sandbox) -> None:
    page = ben.post("/tasks", {"prompt": "x", "engine": "skyvern-1.0"})
    run_id = str(page.headers["Location"]).rsplit("/", 1)[1]
    over(sandbox, run_id)
    page = ben.get(f"/notices/new?run={run_id}")
    assert page.status == 409 and "over" in page.words
