from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from skyvern_ui.models.gathering import UNDER_WAY, Gathering, Unavailable

from .support.server import wait_for

SECONDS = 10.0


class Database:
    """Answers each question only when told to; the rows are the number of the question."""

    def __init__(self) -> None:
        self.questions: list[Sequence[str]] = []
        self.gates: list[threading.Event] = []
        self.is_away = False

    def ask(self, keys: Sequence[str]) -> dict[str, Any]:
        gate = threading.Event()
        number = len(self.questions)
        self.questions.append(keys)
        self.gates.append(gate)
        assert gate.wait(SECONDS)
        if self.is_away:
            raise Unavailable
        return {key: number for key in keys if key != "unknown"}

    def answer(self) -> None:
        for gate in self.gates:
            gate.set()


@pytest.fixture
def database() -> Database:
    return Database()


def crowd(gathering: Gathering, database: Database, pool: ThreadPoolExecutor, late: list[str]) -> list[Future[Any]]:
    """As many as may ask at once, each alone, and then the late ones, who have to wait for them."""
    futures = []
    for number in range(UNDER_WAY):
        futures.append(pool.submit(gathering.find, f"early-{number}"))
        wait_for(lambda wanted=number + 1: len(database.questions) == wanted, SECONDS, "a question")
    for number, key in enumerate(late):
        futures.append(pool.submit(gathering.find, key))
        wait_for(lambda wanted=number + 1: waiting(gathering) == wanted, SECONDS, "the next to join")
    return futures


def waiting(gathering: Gathering) -> int:
    return len(gathering._open.keys) if gathering._open else 0


def test_those_who_come_while_the_database_is_busy_are_asked_for_together(database: Database) -> None:
    gathering = Gathering(database.ask)
    with ThreadPoolExecutor(12) as pool:
        futures = crowd(gathering, database, pool, ["a", "b", "c", "unknown"])
        database.answer()
        wait_for(lambda: len(database.questions) == UNDER_WAY + 1, SECONDS, "the common question")
        database.answer()
        answers = [future.result(SECONDS) for future in futures]
    assert sorted(database.questions[-1]) == ["a", "b", "c", "unknown"]
    assert answers == [*range(UNDER_WAY), UNDER_WAY, UNDER_WAY, UNDER_WAY, None]


def test_nobody_is_answered_by_a_question_that_was_sent_before_they_came(database: Database) -> None:
    gathering = Gathering(database.ask)
    with ThreadPoolExecutor(12) as pool:
        futures = crowd(gathering, database, pool, ["early-0"])
        database.answer()
        wait_for(lambda: len(database.questions) == UNDER_WAY + 1, SECONDS, "a question of their own")
        database.answer()
        assert [future.result(SECONDS) for future in futures] == [*range(UNDER_WAY), UNDER_WAY]


def test_with_the_database_away_all_who_wait_learn_it_and_the_next_may_ask_again(database: Database) -> None:
    gathering = Gathering(database.ask)
    with ThreadPoolExecutor(12) as pool:
        futures = crowd(gathering, database, pool, ["a", "b", "c"])
        database.is_away = True
        database.answer()
        wait_for(lambda: len(database.questions) == UNDER_WAY + 1, SECONDS, "the common question")
        database.answer()
        for future in futures:
            with pytest.raises(Unavailable):
                future.result(SECONDS)
        database.is_away = False
        again = pool.submit(gathering.find, "a")
        wait_for(lambda: len(database.questions) == UNDER_WAY + 2, SECONDS, "one more question")
        database.answer()
        assert again.result(SECONDS) == UNDER_WAY + 1
