"""Many runs, and runs of many actions, stay quick: what is not shown is not built."""

from __future__ import annotations

import time

import pytest

from skyvern_ui.sandbox import create_sandbox
from skyvern_ui.sandbox.world import World

MANY = 10_000


@pytest.fixture(scope="module")
def crowded() -> World:
    begun = time.monotonic()
    world = World("key")
    create_sandbox(world, seeded=False, runs_besides=MANY)
    assert time.monotonic() - begun < 2
    return world


@pytest.mark.parametrize("asked", ["page_size=20", "page=100&page_size=100", "status=failed&page_size=20",
                                   "failure_category=LLM_ERROR", "run_type=workflow_run"])
def test_a_page_of_many_runs_is_quick(crowded: World, asked: str) -> None:
    client = create_sandbox(crowded, seeded=False).test_client()
    times = []
    for _ in range(5):
        begun = time.perf_counter()
        rows = client.get(f"/v1/runs?{asked}", headers={"x-api-key": "key"}).get_json()
        times.append(time.perf_counter() - begun)
        assert len(rows) >= 10 and len({row["run_id"] for row in rows}) == len(rows)
    assert min(times) < 0.03


def test_no_run_unfolds_before_it_is_looked_at(crowded: World) -> None:
    assert len(crowded.runs) == MANY
    assert all(run.parts is None for run in crowded.newest_first())
