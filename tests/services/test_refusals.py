"""Every refused call is counted: for whom, where and why; and counting never stands in the way of the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from skyvern_ui.audit import CLI
from skyvern_ui.database import writing
from skyvern_ui.extensions import db
from skyvern_ui.models.columns import now
from skyvern_ui.models.refusal import Refusal
from skyvern_ui.models.service_key import ServiceKeySecret
from skyvern_ui.services.keys.format import new_key
from skyvern_ui.services.keys.rules import Rights, create_key
from skyvern_ui.services.refusals.rules import count, forget, refusals_by
from skyvern_ui.services.rules import create_service

CREDITS, CHAT = "/api/v1/credits", "/api/v1/llm/chat/completions"


@dataclass
class Program:
    app: Flask
    org_id: str
    key_id: str
    key: str

    def get(self, path: str = CREDITS, key: str | None = None) -> Any:
        return self.app.test_client().get(path, headers={"Authorization": f"Bearer {key or self.key}"})


@pytest.fixture
def program(empty_app: Flask) -> Program:
    with empty_app.app_context():
        org_id = create_service("presenton-service", 5, CLI)
        found = Program(empty_app, org_id, *create_key(org_id, "k", Rights(("llm:images",), per_minute=6), CLI))
        db.session.remove()
    return found


def counted(app: Flask) -> set[tuple[str, str, str, str, int, int]]:
    with app.app_context():
        try:
            return {(row.org_id, row.key_id, row.endpoint, row.code, row.status, row.count)
                    for row in db.session.scalars(select(Refusal))}
        finally:
            db.session.remove()


def test_a_refusal_is_counted_for_who_called_by_the_route_s_template(program: Program) -> None:
    app = program.app
    for _ in range(3):
        assert program.get(key=new_key("AbCd1234")).status_code == 401
    app.test_client().post(CHAT, json={}, headers={"Authorization": f"Bearer {program.key}"})
    for path in ("nothing", "at-all"):
        assert program.get(f"/api/v1/credits/charges/{path}").status_code == 404
    assert program.get("/api/v1/usage?group_by=x").status_code == 400
    of_it = (program.org_id, program.key_id)
    assert counted(app) == {
        ("", "", CREDITS, "key_unknown", 401, 3), (*of_it, CHAT, "scope_not_allowed", 403, 1),
        (*of_it, "/api/v1/credits/charges/<charge_id>", "not_found", 404, 2),
        (*of_it, "/api/v1/usage", "invalid_value", 400, 1)}


def test_who_guesses_keys_all_day_leaves_no_row_for_each(program: Program) -> None:
    for _ in range(15):
        program.get(key=new_key("AbCd1234"))
    assert sum(row[-1] for row in counted(program.app)) == 10


def test_a_key_with_a_pace_hears_it_on_every_answer(program: Program) -> None:
    left = [program.get().headers["X-RateLimit-Remaining"] for _ in range(6)]
    if left[-1] != "0":  # the minute turned
        left = [program.get().headers["X-RateLimit-Remaining"] for _ in range(6)]
    answer = program.get()
    assert answer.status_code == 429 and answer.headers["RateLimit"].startswith('"rpm";r=0;t=')
    assert 1 <= int(answer.headers["Retry-After"]) <= 60 and answer.json["error"]["code"] == "too_fast"


def test_counting_that_fails_does_not_change_the_answer(program: Program) -> None:
    def call_it(name: str, now_called: str) -> None:
        with program.app.app_context():
            with writing() as session:
                session.execute(text(f"ALTER TABLE {name} RENAME TO {now_called}"))
            db.session.remove()

    call_it("refusal", "refusal_elsewhere")
    try:
        answer = program.get(key=new_key("AbCd1234"))
    finally:
        call_it("refusal_elsewhere", "refusal")  # other tests use the same database
    assert answer.status_code == 401 and answer.json["error"]["code"] == "key_unknown"


def test_the_counts_are_grouped_and_the_old_ones_go(program: Program) -> None:
    with program.app.app_context():
        for code, times in (("key_limit", 2), ("too_fast", 3)):
            for _ in range(times):
                count(program.org_id, program.key_id, CHAT, code, 402)
        count("", "", CREDITS, "key_unknown", 401)
        today = f"{now():%Y-%m-%d}"
        codes = refusals_by(today, today, "code", program.org_id)
        assert [(each.group, each.count) for each in codes] == [("too_fast", 3), ("key_limit", 2)]
        assert [(each.group, each.count) for each in refusals_by(today, today, "service")] == [
            (program.org_id, 5), ("", 1)]
        assert refusals_by(today, today, "day")[0].count == 6 and refusals_by("2020-01-01", "2020-01-02", "key") == []
        with pytest.raises(ValueError):
            refusals_by(today, today, "password")
        with writing() as session:
            session.execute(update(Refusal).where(Refusal.code == "too_fast").values(
                day=f"{now() - timedelta(days=401):%Y-%m-%d}"))
        forget()
        assert refusals_by("2000-01-01", today, "code", program.org_id)[0].count == 2
        db.session.remove()


def test_the_use_of_a_secret_is_remembered_to_the_minute(program: Program) -> None:
    def used() -> Any:
        with program.app.app_context():
            try:
                return db.session.scalar(select(ServiceKeySecret.last_used_at))
            finally:
                db.session.remove()

    assert used() is None
    program.get()
    first = used()
    program.get()
    assert first is not None and used() == first
    with program.app.app_context():
        with writing() as session:
            session.execute(update(ServiceKeySecret).values(last_used_at=now() - timedelta(minutes=2)))
        db.session.remove()
    program.get()
    assert used() > first
