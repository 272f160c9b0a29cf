"""The types of parameters that can be written: inputs, values of other values, secrets and logins (api 3.3)."""

from __future__ import annotations

from typing import Any

from .kinds import Field, Kind

WORKFLOW_PARAMETER_TYPES = (
    ("string", "Text"), ("integer", "Whole number"), ("float", "Number"), ("boolean", "Yes or no"), ("json", "JSON"),
    ("file_url", "File"), ("credential_id", "Login"),
)
DESCRIPTION = Field("description", "text", "Description", "Shown where the value is asked for.", "more")
_VAULT = "The key under which Skyvern's secret store keeps it."
_TOTP_FOR = Field("totp_identifier", "text", "One-time code for", "The address or number that gets the codes.",
                  "sign-in")
_BITWARDEN = (
    Field("bitwarden_client_id_aws_secret_key", "text", "Client id, secret", _VAULT, "sign-in", required=True),
    Field("bitwarden_client_secret_aws_secret_key", "text", "Client secret, secret", _VAULT, "sign-in", required=True),
    Field("bitwarden_master_password_aws_secret_key", "text", "Master password, secret", _VAULT, "sign-in",
          required=True),
)
_COLLECTION = Field("bitwarden_collection_id", "text", "Collection", "The id of the collection in Bitwarden.",
                    common=True)
_ITEM = Field("bitwarden_item_id", "text", "Item", "The id of the item in Bitwarden.", common=True)


def _needed(field: Field) -> Field:
    return Field(**{**field.__dict__, "required": True})


def _kind(name: str, title: str, icon: str, category: str, text: str, *fields: Field,
          start: dict[str, Any] | None = None) -> Kind:
    ordered = sorted(fields, key=lambda each: not each.common)
    return Kind(name, title, icon, category, text, (*ordered, DESCRIPTION), tuple((start or {}).items()))


PARAMETER_KINDS = (
    _kind("workflow", "Input", "braces", "inputs", "A value that is asked for when the workflow is started.",
          Field("workflow_parameter_type", "choice", "Type", "What may be given, and how it is asked for.",
                required=True, common=True,
                choices=WORKFLOW_PARAMETER_TYPES),
          Field("default_value", "value", "Default", "Empty: a value must be given at every start.", common=True),
          start={"workflow_parameter_type": "string"}),
    _kind("context", "Value from another", "link", "inputs",
          "A part of another parameter or output, such as one field of the value of a loop.",
          Field("source_parameter_key", "parameter", "Source", "The parameter or output that holds it.",
                required=True, common=True), start={"source_parameter_key": ""}),
    _kind("credential", "Login", "key-round", "logins", "A login or card that is stored in Skyvern.",
          Field("credential_id", "credential", "Login",
                "Its user, password and codes are filled in for the model, unseen.", required=True, common=True),
          Field("credential_ids", "credentials", "Take turns with", "Each run uses another of these logins.",
                "sign-in"),
          Field("selection_strategy", "choice", "How the turn is chosen", "Which login the next run gets.", "sign-in",
                choices=(("round_robin", "In order"), ("random", "By chance"))),
          Field("fallback_credential_ids", "credentials", "If that fails, use",
                "Tried after the first. Not together with taking turns.", "sign-in"),
          Field("fallback_trigger", "choice", "When to use the next",
                "What makes the run try again with another login.", "sign-in",
                choices=(("credential_failures", "The login was refused"), ("any_failure", "Anything failed"))),
          start={"credential_id": ""}),
    _kind("onepassword", "1Password login", "shield", "logins", "A login that 1Password keeps.",
          Field("vault_id", "text", "Vault", "The id of the vault.", required=True, common=True),
          Field("item_id", "text", "Item", "The id of the item.", required=True, common=True),
          Field("totp_field_name", "text", "Field of the one-time code",
                "Where the item keeps it in a field of its own.", "sign-in"),
          _TOTP_FOR, start={"vault_id": "", "item_id": ""}),
    _kind("bitwarden_login_credential", "Bitwarden login", "shield", "logins", "A login that Bitwarden keeps.",
          *_BITWARDEN, _ITEM, _COLLECTION,
          Field("url_parameter_key", "parameter", "Parameter with the site",
                "Needed when only a collection is named: the login for that site is taken.", common=True),
          _TOTP_FOR),
    _kind("bitwarden_sensitive_information", "Bitwarden identity", "shield", "logins",
          "Fields of an identity that Bitwarden keeps.", *_BITWARDEN, _needed(_COLLECTION),
          Field("bitwarden_identity_key", "text", "Identity", "The name of the identity.", required=True, common=True),
          Field("bitwarden_identity_fields", "list", "Fields", "Which fields to read.", required=True, common=True),
          start={"bitwarden_identity_fields": []}),
    _kind("bitwarden_credit_card_data", "Bitwarden card", "shield", "logins", "A card that Bitwarden keeps.",
          *_BITWARDEN, _needed(_COLLECTION), _needed(_ITEM)),
    _kind("azure_vault_credential", "Azure Key Vault login", "shield", "logins", "A login that Azure Key Vault keeps.",
          Field("vault_name", "text", "Vault", "The name of the key vault.", required=True, common=True),
          Field("username_key", "text", "Secret with the user", "The name of the secret that holds the user.",
                required=True, common=True),
          Field("password_key", "text", "Secret with the password", "The name of the secret that holds the password.",
                required=True, common=True),
          Field("totp_secret_key", "text", "Secret of the one-time code",
                "The name of the secret from which codes are made.", "sign-in"),
          start={"vault_name": "", "username_key": "", "password_key": ""}),
    _kind("aws_secret", "Secret", "lock", "secrets", "A secret that the server's secret store keeps.",
          Field("aws_key", "text", "Name in the store", "The name under which the store keeps it.", required=True,
                common=True), start={"aws_key": ""}),
)
