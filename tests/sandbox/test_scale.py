"""Many runs cost little: what is not shown is not built."""

from __future__ import annotations

import pytest

from skyvern_ui.sandbox import create_sandbox
from skyvern_ui.sandbox.world import World

MANY = 10_000


@pytest.fixture(scope="module")
def crowded() -> World:
    world = World("key")
    create_sandbox(world, seeded=False, runs_besides=MANY)
    return world


@pytest.mark.parametrize("asked", ["page_size=20", "page=100&page_size=100", "status=failed&page_size=20",
                                   "failure_category=LLM_ERROR", "run_type=workflow_run"])
def test_no_run_unfolds_because_a_page_of_many_is_read(crowded: World, asked: str) -> None:
    client = create_sandbox(crowded, seeded=False).test_client()
    rows = client.get(f"/v1/runs?{asked}", headers={"x-api-key": "key"}).get_json()
    assert len(rows) >= 10 and len({row["run_id"] for row in rows}) == len(rows)
    assert len(crowded.runs) == MANY
    assert all(run.parts is None for run in crowded.newest_first())
