"""The sandbox in this process, with a clock that the test moves."""

from __future__ import annotations

from typing import Any

from skyvern_ui.sandbox import create_sandbox
from skyvern_ui.sandbox.world import World


class Clock:
    now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


class Caller:
    """The sandbox, asked with its key; `world` is what it remembers."""

    def __init__(self, *, seeded: bool = False) -> None:
        self.clock = Clock()
        self.world = World("key", clock=self.clock)
        self.client = create_sandbox(self.world, seeded=seeded).test_client()

    def get(self, path: str, status: int = 200) -> Any:
        return self.call("GET", path, status=status)

    def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        return self.call("POST", path, body, status)

    def call(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        answer = self.client.open(path, method=method, json=body, headers={"x-api-key": "key"})
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer.get_json()

    def workflow(self, definition: dict[str, Any]) -> str:
        """The permanent id of a new workflow."""
        return str(self.post("/v1/workflows", {"json_definition": definition})["workflow_permanent_id"])

    def run_workflow(self, wpid: str, **more: Any) -> str:
        return str(self.post("/v1/run/workflows", {"workflow_id": wpid, **more})["run_id"])

    def start(self, prompt: str) -> str:
        return str(self.post("/v1/run/tasks", {"prompt": prompt, "url": "http://shop.test/"})["run_id"])

    def status(self, run_id: str, after: float = 0.0) -> str:
        self.clock.now += after
        return str(self.get(f"/v1/runs/{run_id}")["status"])
