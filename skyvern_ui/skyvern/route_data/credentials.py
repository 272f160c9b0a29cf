"""Credentials, their folders, one-time codes and vault tokens.

One row a route: method, template, prefixes, who may, audit name, deadline class.
The contract is Skyvern 1.0.56 and 1.0.50, as recorded from their routers.
"""

from __future__ import annotations

ROUTES: tuple[tuple[str, str, str, str, str, str], ...] = (
    ("POST", "credentials/totp", "v1", "member", "totp_code.create", "read"),
    ("GET", "credentials/totp", "v1", "member", "totp_code.list", "read"),
    ("POST", "credentials", "v1 api", "member", "credential.create", "read"),
    ("PATCH", "credentials/{credential_id}", "v1", "member", "credential.update", "read"),
    ("POST", "credentials/test-login", "v1", "never", "credential.test_login", "read"),
    ("POST", "credentials/{credential_id}/test", "v1", "member", "credential.test", "create"),
    ("GET", "credentials/{credential_id}/test/{workflow_run_id}", "v1", "member", "credential.read_test", "read"),
    (
        "POST",
        "credentials/{credential_id}/test/{workflow_run_id}/cancel",
        "v1",
        "member",
        "credential.cancel_test",
        "read",
    ),
    ("POST", "credentials/{credential_id}/update", "v1", "member", "credential.update", "read"),
    ("POST", "credentials/{credential_id}/delete", "v1", "member", "credential.delete", "read"),
    ("GET", "credentials/{credential_id}/totp-code", "v1", "member", "credential.read_totp_code", "read"),
    ("GET", "credentials/{credential_id}", "v1 api", "member", "credential.read", "read"),
    ("GET", "credentials", "v1 api", "member", "credential.list", "read"),
    ("POST", "credential_folders", "v1 api", "member", "credential_folder.create", "read"),
    ("GET", "credential_folders/{folder_id}", "v1 api", "member", "credential_folder.read", "read"),
    ("GET", "credential_folders", "v1 api", "member", "credential_folder.list", "read"),
    ("PUT", "credential_folders/{folder_id}", "v1 api", "member", "credential_folder.update", "read"),
    ("DELETE", "credential_folders/{folder_id}", "v1 api", "member", "credential_folder.delete", "read"),
    ("PUT", "credentials/{credential_id}/folder", "v1 api", "member", "credential.move", "read"),
    ("GET", "credentials/onepassword/get", "v1", "never", "vault.read", "read"),
    ("GET", "credentials/onepassword/status", "v1", "member", "vault.read_status", "read"),
    ("GET", "credentials/onepassword/items", "v1", "member", "vault.list_items", "read"),
    ("GET", "credentials/bitwarden/items", "v1", "member", "vault.list_items", "read"),
    ("POST", "credentials/onepassword/create", "v1", "never", "vault.create", "read"),
    ("DELETE", "credentials/{credential_provider}", "v1", "never", "vault.delete", "read"),
    ("GET", "credentials/bitwarden/get", "v1", "never", "vault.read", "read"),
    ("POST", "credentials/bitwarden/create", "v1", "never", "vault.create", "read"),
    ("GET", "credentials/azure_credential/get", "v1", "never", "vault.read", "read"),
    ("POST", "credentials/azure_credential/create", "v1", "never", "vault.create", "read"),
    ("GET", "credentials/custom_credential/get", "v1", "never", "vault.read", "read"),
    ("POST", "credentials/custom_credential/create", "v1", "never", "vault.create", "read"),
    ("POST", "credentials/custom_credential/test_connection", "v1", "admin", "vault.test", "read"),
    ("POST", "totp", "api", "member", "totp_code.create", "read"),
    ("PUT", "credentials/{credential_id}", "api", "member", "credential.update", "read"),
    ("DELETE", "credentials/{credential_id}", "api", "member", "credential.delete", "read"),
)
