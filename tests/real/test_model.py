"""The scripted model changes its mood while it runs, and lets go of whoever hangs."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.real.model import ScriptedModel, running_model

ASKING = {"messages": [{"role": "user", "content": "Answer with an action_type."}]}


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with running_model() as running:
        yield running


def ask(model: ScriptedModel, wish: dict[str, Any] = ASKING, timeout: float = 10) -> requests.Response:
    return requests.post(f"{model.url}/chat/completions", json=wish, timeout=timeout)


def goal_reached(answer: requests.Response) -> bool:
    return bool(json.loads(answer.json()["choices"][0]["message"]["content"])["user_goal_achieved"])


@pytest.mark.parametrize(("mode", "status"), [("quota", 429), ("unknown_model", 400), ("free_tier", 403),
                                              ("method", 405), ("ok", 200)])
def test_each_mood_has_its_status(model: ScriptedModel, mode: str, status: int) -> None:
    model.set_mode(mode)
    assert ask(model).status_code == status


def test_work_is_done_after_so_many_steps(model: ScriptedModel) -> None:
    model.set_mode("work", steps=2)
    assert [goal_reached(ask(model)) for _ in range(3)] == [False, False, True]


def test_asking_whether_it_is_done_pays_for_no_step(model: ScriptedModel) -> None:
    model.set_mode("work", steps=1)
    assert not goal_reached(ask(model, {"messages": []}))
    assert not goal_reached(ask(model))
    assert goal_reached(ask(model, {"messages": []}))


def test_a_hanging_call_is_let_go_by_the_next_mode(model: ScriptedModel) -> None:
    model.set_mode("hang")
    with pytest.raises(requests.ReadTimeout):
        ask(model, timeout=0.3)
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(ask(model).status_code))
    thread.start()
    model.set_mode("hang")  # whoever came before is let go, whoever comes now waits
    thread.join(1)
    model.set_mode("ok")
    thread.join(10)
    assert found == [200]


def test_garbage_holds_no_json(model: ScriptedModel) -> None:
    model.set_mode("garbage")
    assert "{" not in ask(model).json()["choices"][0]["message"]["content"]


def test_an_unknown_mode_is_refused(model: ScriptedModel) -> None:
    assert requests.put(f"{model.root}/__mode", json={"mode": "cheerful"}, timeout=5).status_code == 422
