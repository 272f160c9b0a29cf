"""What comes after a run: again, its webhook; and who waits for whom."""

from __future__ import annotations

from typing import Any

from ..transport import CREATE_SECONDS, Transport
from ..values import Run
from ..values.webhook import Delivery, WebhookPreview

RECEIVER_SECONDS = 75.0  # Skyvern itself gives a webhook's receiver 60


class AfterCalls(Transport):
    """Retrying, webhooks, and the reads that a repetition and a watch need."""

    def retry_run(self, run_id: str) -> Run:
        """`POST /v1/workflows/runs/{wr}/retry` (1.0.37): the same again with its original inputs (api 2.8). Sent
        once. The new run."""
        return Run.from_json(self._object("POST", f"/v1/workflows/runs/{run_id}/retry", {}, CREATE_SECONDS))

    def get_asked(self, run_id: str) -> dict[str, Any]:
        """All that a run was asked, by the older route of its kind (`GET /api/v1/tasks/{id}`, `/api/v2/tasks/{id}`,
        `/v1/workflows/runs/{wr}`): the newer one leaves headers and browsers out."""
        if run_id.startswith("tsk_v2_"):
            return self._object("GET", f"/api/v2/tasks/{run_id}")
        if run_id.startswith("tsk_"):
            found = self._object("GET", f"/api/v1/tasks/{run_id}")
            asked = found.get("request")
            return {**(asked if isinstance(asked, dict) else {}),
                    "browser_session_id": found.get("browser_session_id")}
        return self._object("GET", f"/v1/workflows/runs/{run_id}")

    def get_webhook(self, run_id: str) -> WebhookPreview:
        """`GET /v1/internal/runs/{id}/test-webhook` (0.2.18): what is posted at the end (api 4.8)."""
        return WebhookPreview.from_json(self._object("GET", f"/v1/internal/runs/{run_id}/test-webhook"))

    def test_webhook(self, url: str, run_id: str) -> Delivery:
        """`POST /v1/internal/test-webhook` (0.2.18): Skyvern posts an example there (api 4.8). Sent once."""
        kind = "workflow_run" if run_id.startswith("wr_") else "task"
        body = {"webhook_url": url, "run_type": kind, "run_id": run_id}
        return Delivery.from_json(self._object("POST", "/v1/internal/test-webhook", body, RECEIVER_SECONDS))

    def replay_webhook(self, run_id: str, url: str | None) -> Delivery:
        """`POST /v1/runs/{id}/retry_webhook`: the message once more, to the run's own address or `url` (api 2.4).
        Sent once."""
        body = {"webhook_url": url} if url else None
        return Delivery.from_json(self._object("POST", f"/v1/runs/{run_id}/retry_webhook", body, RECEIVER_SECONDS))
