from __future__ import annotations

import re
import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from skyvern_ui.audit import Actor
from skyvern_ui.database import writing
from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog, Session, User, Verification
from skyvern_ui.models.columns import now
from skyvern_ui.users.rules import LastAdmin, set_role

from ..support.people import Browser

PAGES = ["/settings", "/settings/users", "/settings/users/new", "/settings/users/user-ben", "/settings/audit",
         "/settings/audit/export.csv", "/setup/connection", "/setup/done"]


@pytest.mark.parametrize("path", PAGES)
def test_members_are_told_that_this_is_for_admins(ben: Browser, nobody: Browser, path: str) -> None:
    assert ben.get(path).status == 403
    assert nobody.get(path).status == 303


def test_a_person_is_added_with_a_link_that_works_once(app: Flask, ada: Browser) -> None:
    page = ada.post("/settings/users", {"name": "Dana", "email": "Dana@Example.com", "role": "user"})
    assert page.status == 201
    link = page.one(".copyable code").get_text()
    path = re.sub(r"^http://[^/]+", "", link)
    assert link not in ada.get("/settings/users").text
    dana = Browser(app)
    assert "dana@example.com" in dana.get(path).words
    weak = dana.post(path, {"password": "dana@example.com", "confirm": "dana@example.com"})
    assert weak.status == 422
    differing = dana.post(path, {"password": "a good sentence", "confirm": "another one"})
    assert differing.status == 422
    done = dana.post(path, {"password": "a good sentence", "confirm": "a good sentence"})
    assert (done.status, done.headers["Location"]) == (303, "/dashboard")
    assert dana.get("/account").status == 200
    assert Browser(app).get(path).status == 410
    assert Browser(app).post(path, {"password": "a good sentence", "confirm": "a good sentence"}).status == 410
    assert Browser(app).sign_in("dana@example.com", "a good sentence").status == 303


def test_a_link_runs_out_and_a_newer_one_replaces_it(app: Flask, ada: Browser) -> None:
    def link() -> str:
        page = ada.post("/settings/users/user-ben/link")
        return re.sub(r"^http://[^/]+", "", page.one(".copyable code").get_text())

    first, second = link(), link()
    assert Browser(app).get(first).status == 410
    assert Browser(app).get(second).status == 200
    with app.app_context(), writing() as session:
        session.execute(update(Verification).values(expires_at=now() - timedelta(seconds=1)))
    assert Browser(app).get(second).status == 410


def test_links_are_stored_as_hashes(app: Flask, ada: Browser) -> None:
    link = ada.post("/settings/users/user-ben/link").one(".copyable code").get_text()
    with app.app_context():
        stored = db.session.scalar(select(Verification.value))
    assert stored and stored not in link and link.rsplit("/", 1)[1] not in stored


def test_a_ban_ends_every_session_at_once(app: Flask, ada: Browser, ben: Browser) -> None:
    assert ben.get("/account").status == 200
    assert ada.post("/settings/users/user-ben/ban", {"reason": "left the team", "until": ""}).status == 303
    assert ben.get("/account").status == 303
    assert Browser(app).sign_in("ben@example.com").status == 401
    assert "left the team" in ada.get("/settings/users").words
    ada.post("/settings/users/user-ben/ban/lift")
    assert Browser(app).sign_in("ben@example.com").status == 303


def test_a_ban_with_an_end_ends(app: Flask, ada: Browser) -> None:
    until = (now() + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    assert ada.post("/settings/users/user-ben/ban", {"until": until}).status == 303
    assert Browser(app).sign_in("ben@example.com").status == 401
    with app.app_context(), writing() as session:
        session.execute(update(User).where(User.id == "user-ben").values(ban_expires=now() - timedelta(seconds=1)))
    assert Browser(app).sign_in("ben@example.com").status == 303
    past = ada.post("/settings/users/user-cleo/ban", {"until": "2020-01-01T00:00"})
    assert past.status == 422 and "in the past" in past.words


def test_a_role_holds_from_the_next_request(ada: Browser, ben: Browser) -> None:
    assert ben.get("/settings/users").status == 403
    ada.post("/settings/users/user-ben/role", {"role": "admin"})
    assert ben.get("/settings/users").status == 200
    ada.post("/settings/users/user-ben/role", {"role": "user"})
    assert ben.get("/settings/users").status == 403
    assert ada.post("/settings/users/user-ben/role", {"role": "owner"}).status == 422


def test_the_last_admin_stays(ada: Browser) -> None:
    demoted = ada.post("/settings/users/user-ada/role", {"role": "user"})
    assert demoted.status == 409 and "nobody to administer" in demoted.words
    assert ada.post("/settings/users/user-ada/ban").status == 409
    assert ada.post("/settings/users/user-ada/removal").status == 409
    assert ada.get("/settings/users").status == 200


def test_two_admins_cannot_demote_each_other_at_once(app: Flask) -> None:
    for _ in range(4):
        with app.app_context(), writing() as session:
            session.execute(update(User).where(User.id.in_(["user-ada", "user-ben"])).values(role="admin"))
        barrier, refused = threading.Barrier(2), []

        def demote(who: str, by: str) -> None:
            with app.app_context():
                barrier.wait()  # noqa: B023 - the thread ends in this round
                try:
                    set_role(who, "user", Actor("person", by, by))
                except LastAdmin:
                    refused.append(who)  # noqa: B023

        threads = [threading.Thread(target=demote, args=pair) for pair in
                   (("user-ada", "user-ben"), ("user-ben", "user-ada"))]
        [t.start() for t in threads]
        [t.join(20) for t in threads]
        with app.app_context():
            assert db.session.scalar(select(func.count()).select_from(User).where(User.role == "admin")) == 1
        assert len(refused) == 1


def test_removing_keeps_the_record(app: Flask, ada: Browser, ben: Browser) -> None:
    ben.post("/account/name", {"name": "Benjamin"})
    assert ada.post("/settings/users/user-ben/removal").headers["Location"] == "/settings/users"
    assert ben.get("/account").status == 303
    assert ada.get("/settings/users/user-ben").status == 404
    assert "Benjamin" in ada.get("/settings/audit").words or "Ben" in ada.get("/settings/audit").words
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(AuditLog).where(AuditLog.user_id == "user-ben"))


def test_sessions_of_others_are_listed_and_ended(app: Flask, ada: Browser, ben: Browser) -> None:
    page = ada.get("/settings/users/user-ben")
    action = next(f["action"] for f in page.all("form") if re.search(r"/sessions/\w+/revocation", f["action"]))
    assert ada.post(action).status == 303
    assert ben.get("/account").status == 303


@pytest.mark.parametrize("bad", [
    {"name": "", "email": "d@example.com"}, {"name": "D", "email": "d"}, {"name": "D", "email": "BEN@example.com"},
    {"name": "D", "email": "d@example.com", "password": "short"}, {"name": "a\x00b", "email": "d@example.com"},
    {"name": "D", "email": "d@example.com", "role": "root"},
])
def test_a_person_who_cannot_be_added_is_not(app: Flask, ada: Browser, bad: dict[str, str]) -> None:
    page = ada.post("/settings/users", {"role": "user", **bad})
    assert page.status == 422
    if bad["name"] == "D":
        assert 'value="D"' in page.text
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(User)) == 3


@pytest.mark.parametrize("user_id", ["unknown", "user-ben'--", "%00", "x" * 300])
def test_strangers_are_not_found(ada: Browser, user_id: str) -> None:
    for path in ("", "/role", "/ban", "/ban/lift", "/removal", "/link"):
        page = ada.get(f"/settings/users/{user_id}") if not path else ada.post(f"/settings/users/{user_id}{path}")
        assert page.status == 404 or (user_id == "%00" and page.status in (400, 404)), path


def test_one_does_not_reach_another_ones_sessions(app: Flask, ben: Browser, cleo: Browser) -> None:
    with app.app_context():
        session_id = db.session.scalar(select(Session.id).where(Session.user_id == "user-cleo"))
    ben.post(f"/account/sessions/{session_id}/revocation")
    assert cleo.get("/account").status == 200


def test_people_may_search(ada: Browser) -> None:
    assert "ben@example.com" in ada.get("/settings/users?q=BEN").words
    assert "Nobody found" in ada.get("/settings/users?q=%25").words
