"""Google, Microsoft and Twilio.

One row a route: method, template, prefixes, who may, audit name, deadline class.
The contract is Skyvern 1.0.56 and 1.0.50, as recorded from their routers.
"""

from __future__ import annotations

ROUTES: tuple[tuple[str, str, str, str, str, str], ...] = (
    ("POST", "google/oauth/authorize", "v1 api", "admin", "google_account.authorize", "read"),
    ("POST", "google/oauth/callback", "v1 api", "admin", "google_account.callback", "read"),
    ("GET", "google/oauth/config", "v1 api", "admin", "google_client.read", "read"),
    ("PUT", "google/oauth/config", "v1 api", "admin", "google_client.update", "read"),
    ("DELETE", "google/oauth/config", "v1 api", "admin", "google_client.delete", "read"),
    ("GET", "google/oauth/credentials", "v1 api", "member", "google_account.list", "read"),
    ("PATCH", "google/oauth/credentials/{credential_id}", "v1 api", "admin", "google_account.update", "read"),
    ("DELETE", "google/oauth/credentials/{credential_id}", "v1 api", "admin", "google_account.delete", "read"),
    ("GET", "google/sheets/spreadsheets", "v1 api", "member", "google_sheet.list", "read"),
    ("GET", "google/sheets/spreadsheets/{spreadsheet_id}", "v1 api", "member", "google_sheet.read", "read"),
    ("GET", "google/sheets/spreadsheets/{spreadsheet_id}/tabs", "v1 api", "member", "google_sheet.read", "read"),
    ("GET", "google/sheets/spreadsheets/{spreadsheet_id}/headers", "v1 api", "member", "google_sheet.read", "read"),
    ("GET", "google/sheets/spreadsheets/{spreadsheet_id}/dimensions", "v1 api", "member", "google_sheet.read", "read"),
    ("POST", "google/sheets/spreadsheets", "v1 api", "member", "google_sheet.create", "read"),
    ("POST", "google/sheets/spreadsheets/{spreadsheet_id}/tabs", "v1 api", "member", "google_sheet.create", "read"),
    ("POST", "microsoft/oauth/authorize", "v1 api", "admin", "microsoft_account.authorize", "read"),
    ("POST", "microsoft/oauth/callback", "v1 api", "admin", "microsoft_account.callback", "read"),
    ("GET", "microsoft/oauth/credentials", "v1 api", "member", "microsoft_account.list", "read"),
    ("PATCH", "microsoft/oauth/credentials/{credential_id}", "v1 api", "admin", "microsoft_account.update", "read"),
    ("DELETE", "microsoft/oauth/credentials/{credential_id}", "v1 api", "admin", "microsoft_account.delete", "read"),
    ("POST", "sms/inbound/{sms_config_id}", "v1 api", "never", "sms.receive", "read"),
    ("POST", "integrations/twilio/phone-numbers/enable", "v1 api", "admin", "phone_number.enable", "read"),
    ("POST", "integrations/twilio/credentials", "v1 api", "admin", "twilio_account.create", "read"),
    ("GET", "integrations/twilio/credentials", "v1 api", "admin", "twilio_account.list", "read"),
    ("DELETE", "integrations/twilio/credentials", "v1 api", "admin", "twilio_account.delete", "read"),
    ("GET", "integrations/twilio/phone-number-registry", "v1 api", "member", "phone_number.list", "read"),
    ("GET", "integrations/twilio/phone-numbers", "v1 api", "member", "phone_number.list", "read"),
    ("POST", "integrations/twilio/phone-numbers/disable", "v1 api", "admin", "phone_number.disable", "read"),
    ("POST", "integrations/twilio/sms-configs", "v1 api", "admin", "sms_config.create", "read"),
    ("GET", "integrations/twilio/sms-configs", "v1 api", "admin", "sms_config.list", "read"),
    ("DELETE", "integrations/twilio/sms-configs/{sms_config_id}", "v1 api", "admin", "sms_config.delete", "read"),
    (
        "POST",
        "integrations/twilio/sms-configs/{sms_config_id}/phone-numbers",
        "v1 api",
        "admin",
        "phone_number.register",
        "read",
    ),
)
