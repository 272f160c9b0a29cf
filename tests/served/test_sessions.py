"""A ban, a sign-out and a limit hold on every worker at once."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from ..support.server import Server, running_server


@pytest.fixture(scope="module")
def workers() -> int:
    return 4


def test_a_ban_holds_on_every_worker_from_its_commit_on(served: Server) -> None:
    ada, ben = served.visitor("ada@example.com"), served.visitor("ben@example.com")
    assert {ben.get("/api/skyvern/v1/runs").status_code for _ in range(20)} == {200}
    assert ada.post("/api/auth/admin/ban-user", json={"userId": "user-ben"}).status_code == 200
    assert {ben.get("/api/skyvern/v1/runs", headers={"Connection": "close"}).status_code for _ in range(60)} == {401}


def test_a_sign_out_and_a_role_hold_on_every_worker(served: Server) -> None:
    ada, ben, cleo = (served.visitor(f"{n}@example.com") for n in ("ada", "ben", "cleo"))
    cookies = ben.cookies.copy()
    assert ben.post("/api/auth/sign-out", json={}).status_code == 200
    ben.cookies = cookies
    assert {ben.get("/account", headers={"Connection": "close"}).status_code for _ in range(40)} == {303}
    ada.post("/api/auth/admin/set-role", json={"userId": "user-cleo", "role": "admin"})
    assert {cleo.get("/settings/users", headers={"Connection": "close"}).status_code for _ in range(30)} == {200}
    ada.post("/api/auth/admin/set-role", json={"userId": "user-cleo", "role": "user"})
    assert {cleo.get("/settings/users", headers={"Connection": "close"}).status_code for _ in range(30)} == {403}


def test_forty_guesses_at_once_check_five_passwords(served: Server) -> None:
    statuses: list[int] = []

    def guess() -> None:
        answer = served.visitor().post("/api/auth/sign-in/email", json={"email": "ben@example.com", "password": "x"})
        statuses.append(answer.status_code)

    while int(time.time()) % 300 > 290:
        threading.Event().wait(0.5)
    threads = [threading.Thread(target=guess) for _ in range(40)]
    [t.start() for t in threads]
    [t.join(60) for t in threads]
    assert sorted(set(statuses)) == [401, 429]
    assert statuses.count(401) <= 5


def test_ten_processes_migrate_once_and_one_of_many_setups_wins(tmp_path: Path) -> None:
    with running_server(f"sqlite:///{tmp_path / 'fresh.db'}", tmp_path, workers=4) as server:
        answers: list[int] = []

        def set_up(number: int) -> None:
            answer = server.visitor().post("/api/setup", json={
                "name": "Ada", "email": f"ada{number}@example.com", "password": "a very good sentence"})
            answers.append(answer.status_code)

        threads = [threading.Thread(target=set_up, args=(n,)) for n in range(24)]
        [t.start() for t in threads]
        [t.join(60) for t in threads]
        assert answers.count(200) == 1
        assert set(answers) <= {200, 403}
