"""One walk through every place in which a document can speak of a block or parameter, to write a name anew.

What would be written anew is what counts as a mention: `anew` tells both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .code_names import renamed_in_code
from .jinja import renamed_in
from .walk import copied, definition_of, every_block, parameters

Json = dict[str, Any]
# Fields that hold the key of a parameter or output and nothing else.
KEYS = frozenset({"source_parameter_key", "url_parameter_key", "loop_over_parameter_key", "parameter_keys",
                  *(f"smtp_{name}_secret_parameter_key" for name in ("host", "port", "username", "password"))})
# Texts that Skyvern takes for the key of a parameter when that is all they say.
BARE = frozenset({
    "url", "file_url", "path", "totp_identifier", "download_suffix", "subject", "body", "recipients", "cc", "bcc",
    "file_attachments", "s3_bucket", "aws_access_key_id", "aws_secret_access_key", "endpoint_url",
    "azure_storage_account_name", "azure_storage_account_key", "azure_blob_container_name", "google_credential_id",
    "google_drive_folder_id", "sftp_host", "sftp_username", "sftp_password", "sftp_private_key",
    "sftp_private_key_passphrase", "sftp_remote_path", "sftp_host_key", "custom_smtp_host", "custom_smtp_username",
    "custom_smtp_password"})
SILENT = frozenset({"title", "description"})
Told = Callable[[str, str, str, Any, Any], None]


@dataclass(frozen=True)
class Renaming:
    """`names` in Jinja and `keys` alone in a field, from old to new; `labels` where a field names a block."""

    names: dict[str, str]
    keys: dict[str, str]
    labels: dict[str, str] = field(default_factory=dict)


def anew(document: Json, renaming: Renaming, told: Told | None = None) -> Json:
    """The document with the names written anew; `told(where, name, field, before, after)` hears of each place, where
    being "block", "parameter" or "settings"."""
    made: Json = copied(document)
    tell = told or (lambda *_: None)

    def settle(where: str, name: str, holder: Json, skip: frozenset[str]) -> None:
        for key in list(holder):
            if key not in skip:
                after = _field(key, holder[key], renaming, holder.get("block_type"))
                if after != holder[key]:
                    tell(where, name, key, holder[key], after)
                    holder[key] = after

    settle("settings", "", made, SILENT | {"workflow_definition"})
    definition = definition_of(made)
    settle("settings", "", definition, frozenset({"parameters", "blocks"}))
    for each in parameters(made):
        settle("parameter", str(each.get("key")), each, frozenset({"key", "parameter_type"}))
    for block in every_block(made):
        settle("block", str(block.get("label")), block, frozenset({"label", "block_type", "loop_blocks"}))
        given = _given(block, renaming)
        if given and isinstance(block.get("code"), str):
            code = renamed_in_code(block["code"], given)
            if code != block["code"]:
                tell("block", str(block.get("label")), "code", block["code"], code)
                block["code"] = code
    return made


def _given(block: Json, renaming: Renaming) -> dict[str, str]:
    """The names by which a code block has them as variables: outputs always, parameters when it was given them."""
    if block.get("block_type") != "code":
        return {}
    listed = block.get("parameter_keys")
    listed = listed if isinstance(listed, list) else []
    return {old: new for old, new in renaming.keys.items() if renaming.labels or new in listed or old in listed}


def _field(key: str, value: Any, renaming: Renaming, block_type: Any) -> Any:
    if key in ("next_block_label", "finally_block_label"):
        return renaming.labels.get(value, value) if isinstance(value, str) else value
    if key == "branch_conditions" and isinstance(value, list):
        return [{name: _field(name, each, renaming, None) for name, each in branch.items()}
                if isinstance(branch, dict) else branch for branch in value]
    if key == "loop_variable_reference" and isinstance(value, str):
        return _reference(value, renaming)
    alone = key in KEYS or key in BARE or (key == "prompt" and block_type in ("file_upload", "file_download"))
    return _value(value, renaming, alone)


def _value(value: Any, renaming: Renaming, alone: bool) -> Any:
    if isinstance(value, str):
        if alone and value in renaming.keys:
            return renaming.keys[value]
        return renamed_in(value, renaming.names, renaming.labels)
    if isinstance(value, list):
        return [_value(each, renaming, alone) for each in value]
    if isinstance(value, dict):
        return {renamed_in(key, renaming.names, renaming.labels): _value(each, renaming, alone)
                for key, each in value.items()}
    return value


def _reference(text: str, renaming: Renaming) -> str:
    """The values of a loop: Jinja, or the bare name of a value with what is taken from it, or words."""
    if "{" in text:
        return renamed_in(text, renaming.names, renaming.labels)
    stripped = text.strip()
    name = stripped.split(".")[0].split("[")[0].split("|")[0].strip()
    if " " in stripped.replace(" | ", "|") or name not in renaming.names:
        return text
    return text.replace(name, renaming.names[name], 1)
