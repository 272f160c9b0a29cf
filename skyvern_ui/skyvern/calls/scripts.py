"""Generated code."""

from __future__ import annotations

from typing import Any

from ..transport import Transport


class ScriptCalls(Transport):
    """The code Skyvern writes of what a workflow did, so that the next run needs no model."""

    def get_script_blocks(self, workflow_id: str, run_id: str) -> dict[str, Any]:
        """`POST /v1/scripts/{wpid}/blocks` (0.2.10), which reads: `{blocks: {label: code}, main_script?, script_id?,
        version?}` of the code that this run wrote or used (api 3.10)."""
        body = {"cache_key_value": "", "workflow_run_id": run_id}
        return self._object("POST", f"/v1/scripts/{workflow_id}/blocks", body)
