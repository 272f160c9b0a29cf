"""What people answer: approvals and one-time codes."""

from __future__ import annotations

from ..transport import Transport
from ..values.waiting import CodeReceipt, HumanBlock, RunHints, waiting_block


class HumanCalls(Transport):
    """Humans in the loop."""

    def continue_run(self, run_id: str) -> None:
        """`POST /v1/workflows/runs/{wr}/continue` (0.2.19): lets a paused run go on. Sent once. A run that is not
        paused (any more) raises Missing (api 4.3)."""
        self._call("POST", f"/v1/workflows/runs/{run_id}/continue", {})

    def get_waiting_block(self, run_id: str) -> HumanBlock | None:
        """`GET /v1/runs/{id}/timeline`: the block that waits for a person now (api 4.3)."""
        return waiting_block(self._rows(f"/v1/runs/{run_id}/timeline"))

    def get_hidden_waiting_block(self, workflow_id: str, run_id: str) -> HumanBlock | None:
        """`GET /api/v1/workflows/{wpid}/runs/{wr}/timeline`: the same for a sub-run, which the newer route hides."""
        return waiting_block(self._rows(f"/api/v1/workflows/{workflow_id}/runs/{run_id}/timeline"))

    def get_hints(self, run_id: str) -> RunHints:
        """`GET /v1/workflows/runs/{wr}` (0.2.21): time limits and code identifiers of its workflow (api 2.7)."""
        return RunHints.from_json(self._object("GET", f"/v1/workflows/runs/{run_id}"))

    def post_code(self, identifier: str, content: str, of_run: dict[str, str]) -> CodeReceipt:
        """`POST /v1/credentials/totp`: hands over a code or a magic link. Sent once. `of_run` binds it to one run:
        `task_id` or `workflow_run_id` (api 4.2)."""
        body = {"totp_identifier": identifier, "content": content, **of_run}
        return CodeReceipt.from_json(self._object("POST", "/v1/credentials/totp", body, 60.0))
