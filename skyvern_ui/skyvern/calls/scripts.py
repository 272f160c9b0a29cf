"""Generated code (api 3.10), and how often it had to be helped (api 4.9)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from ..transport import Transport
from ..values.reading import read_int, read_list
from ..values.script import Code, Fallback, Heal, Reliability, ScriptRuns, Variant, Version


class ScriptCalls(Transport):
    """The code Skyvern writes of what a workflow did, so that the next run needs no model."""

    def get_script_blocks(self, workflow_id: str, run_id: str) -> dict[str, Any]:
        """`POST /v1/scripts/{wpid}/blocks` (0.2.10), which reads: `{blocks: {label: code}, main_script?, script_id?,
        version?}` of the code that this run wrote or used (api 3.10)."""
        body = {"cache_key_value": "", "workflow_run_id": run_id}
        return self._object("POST", f"/v1/scripts/{workflow_id}/blocks", body)

    def list_variants(self, wpid: str) -> list[Variant]:
        """`GET /v1/scripts/workflows/{wpid}` (1.0.25): the code of each value of the cache key, the last changed
        first."""
        found = self._object("GET", f"/v1/scripts/workflows/{wpid}")
        return [Variant.from_json(row) for row in read_list(found, "scripts") if isinstance(row, dict)]

    def list_script_versions(self, script_id: str) -> list[Version]:
        """`GET /v1/scripts/{s}/versions` (1.0.24), the newest first. Empty for a script that is not there."""
        found = self._object("GET", f"/v1/scripts/{script_id}/versions")
        return [Version.from_json(row) for row in read_list(found, "versions") if isinstance(row, dict)]

    def get_code(self, script_id: str, version: int) -> Code:
        """`GET /v1/scripts/{s}/versions/{n}/detail` (1.0.25)."""
        return Code.from_json(self._object("GET", f"/v1/scripts/{script_id}/versions/{version}/detail"))

    def list_runs_of_script(self, script_id: str) -> ScriptRuns:
        """`GET /v1/scripts/{s}/runs` (1.0.25): the newest fifty."""
        return ScriptRuns.from_json(self._object("GET", f"/v1/scripts/{script_id}/runs"))

    def pin_script(self, wpid: str, value: str) -> None:
        """`POST /v1/scripts/{wpid}/pin` (1.0.25): Skyvern writes this code no more by itself. Sent once."""
        self._call("POST", f"/v1/scripts/{wpid}/pin", {"cache_key_value": value})

    def unpin_script(self, wpid: str, value: str) -> None:
        """`POST /v1/scripts/{wpid}/unpin` (1.0.25). Sent once."""
        self._call("POST", f"/v1/scripts/{wpid}/unpin", {"cache_key_value": value})

    def delete_variant(self, wpid: str, value: str) -> None:
        """`DELETE /v1/scripts/{wpid}/value` (0.2.15): the code of one value. Sent once."""
        self._call("DELETE", f"/v1/scripts/{wpid}/value?cache-key-value={quote(value, safe='')}")

    def clear_scripts(self, wpid: str) -> int:
        """`DELETE /v1/scripts/{wpid}/cache` (1.0.17): all of a workflow's code; how many entries. Sent once."""
        return read_int(self._object("DELETE", f"/v1/scripts/{wpid}/cache"), "deleted_count") or 0

    def get_reliability(self, wpid: str) -> Reliability:
        """`GET /v1/workflows/{wpid}/reliability` (1.0.47)."""
        return Reliability.from_json(self._object("GET", f"/v1/workflows/{wpid}/reliability"))

    def list_heals(self, wpid: str) -> list[Heal]:
        """`GET /v1/workflows/{wpid}/heal_episodes` (1.0.47): the newest hundred."""
        return [Heal.from_json(row) for row in self._rows(f"/v1/workflows/{wpid}/heal_episodes", [("limit", "100")])]

    def list_fallbacks(self, wpid: str) -> tuple[list[Fallback], int]:
        """`GET /v1/workflows/{wpid}/fallback-episodes` (1.0.24): the newest twenty, and how many there are."""
        found = self._object("GET", f"/v1/workflows/{wpid}/fallback-episodes")
        rows = [Fallback.from_json(row) for row in read_list(found, "episodes") if isinstance(row, dict)]
        return rows, read_int(found, "total_count") or len(rows)
