"""The server, its organisation, its models, files and internal routes.

One row a route: method, template, prefixes, who may, audit name, deadline class.
The contract is Skyvern 1.0.56 and 1.0.50, as recorded from their routers.
"""

from __future__ import annotations

ROUTES: tuple[tuple[str, str, str, str, str, str], ...] = (
    ("GET", "version", "v1 api", "member", "server.read_version", "read"),
    ("POST", "upload_file", "v1 api", "member", "file.upload", "upload"),
    ("DELETE", "files/{file_id}", "v1", "member", "file.delete", "read"),
    ("POST", "utilities/curl-to-http", "api", "admin", "workflow.convert_curl", "read"),
    ("POST", "webhook", "api", "never", "webhook.receive", "read"),
    ("GET", "heartbeat", "api", "member", "server.read_heartbeat", "read"),
    ("GET", "models", "api", "member", "model.list", "read"),
    ("PUT", "organizations", "api", "admin", "organization.update", "read"),
    ("GET", "organizations", "api", "admin", "organization.list", "read"),
    ("GET", "organizations/me", "api", "admin", "organization.read", "read"),
    ("GET", "organizations/{organization_id}/apikeys", "api", "never", "organization.read_keys", "read"),
    ("GET", "custom-llms", "v1", "admin", "custom_llm.list", "read"),
    ("POST", "custom-llms", "v1", "admin", "custom_llm.create", "read"),
    ("PUT", "custom-llms/{custom_llm_id}", "v1", "admin", "custom_llm.update", "read"),
    ("DELETE", "custom-llms/{custom_llm_id}", "v1", "admin", "custom_llm.delete", "read"),
    ("GET", "config/runtime", "v1 api", "member", "server.read_config", "read"),
    ("POST", "ui-session", "v1 api", "never", "ui_session.create", "read"),
    ("POST", "internal/test-webhook", "v1 api", "never", "internal.call", "read"),
    ("GET", "internal/runs/{run_id}/test-webhook", "v1 api", "never", "internal.read", "read"),
    ("POST", "internal/runs/{run_id}/test-webhook", "v1 api", "never", "internal.call", "read"),
    ("GET", "internal/auth/status", "v1 api api2", "never", "internal.read", "read"),
    ("GET", "internal/llms/status", "v1 api api2", "never", "internal.read", "read"),
    ("POST", "internal/auth/repair", "v1 api api2", "never", "internal.call", "read"),
)
