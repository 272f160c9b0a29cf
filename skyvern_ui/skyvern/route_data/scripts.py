"""Scripts: the code that Skyvern caches for a workflow.

One row a route: method, template, prefixes, who may, audit name, deadline class.
The contract is Skyvern 1.0.56 and 1.0.50, as recorded from their routers.
"""

from __future__ import annotations

ROUTES: tuple[tuple[str, str, str, str, str, str], ...] = (
    ("POST", "scripts", "v1", "admin", "script.create", "read"),
    ("GET", "scripts/{script_id}", "v1", "member", "script.read", "read"),
    ("GET", "scripts/{script_id}/versions", "v1", "member", "script.read_versions", "read"),
    ("GET", "scripts/{script_id}/versions/{version}", "v1", "member", "script.read_version", "read"),
    ("GET", "scripts/{script_id}/compare", "v1", "member", "script.compare", "read"),
    ("GET", "scripts/{script_id}/versions/{version}/detail", "v1", "member", "script.read_detail", "read"),
    ("GET", "scripts", "v1", "member", "script.list", "read"),
    ("POST", "scripts/{script_id}/deploy", "v1", "admin", "script.deploy", "read"),
    ("POST", "scripts/{script_id}/run", "v1", "admin", "script.run", "create"),
    ("POST", "scripts/{workflow_id}/blocks", "v1", "member", "script.read_blocks", "read"),
    ("GET", "scripts/{workflow_id}/{cache_key}/values", "v1", "member", "script.read_values", "read"),
    ("GET", "scripts/workflows/{workflow_id}", "v1", "member", "script.list", "read"),
    ("GET", "scripts/{script_id}/runs", "v1", "member", "script.read_runs", "read"),
    ("DELETE", "scripts/{workflow_id}/value", "v1", "member", "script.delete_value", "read"),
    ("DELETE", "scripts/{workflow_id}/cache", "v1", "member", "script.clear_cache", "read"),
    ("POST", "scripts/{workflow_id}/pin", "v1", "member", "script.pin", "read"),
    ("POST", "scripts/{workflow_id}/unpin", "v1", "member", "script.unpin", "read"),
    ("POST", "scripts/{workflow_id}/review", "v1", "admin", "script.review", "read"),
)
