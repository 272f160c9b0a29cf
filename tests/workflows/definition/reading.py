"""What Skyvern 1.0.56 reads out of a document, as far as the conversion has to do with it."""

from __future__ import annotations

from typing import Any

from skyvern_ui.workflows.definition.catalogue import kind_of
from skyvern_ui.workflows.definition.walk import copied

Json = dict[str, Any]
AT = {"created_at": "2026-05-01T10:00:00", "modified_at": "2026-05-01T10:00:00", "deleted_at": None}
# What every block that drives a browser reads out, whatever its type takes.
OF_TASKS: Json = {
    "task_type": "general", "url": None, "title": "", "complete_criterion": None, "terminate_criterion": None,
    "complete_criterion_is_untrusted": False, "navigation_goal": None, "data_extraction_goal": None,
    "data_schema": None, "error_code_mapping": None, "max_retries": 0, "max_steps_per_run": None, "parameters": [],
    "complete_on_download": False, "download_suffix": None, "totp_verification_url": None, "totp_identifier": None,
    "complete_verification": True, "include_action_history_in_verification": False, "download_timeout": None,
    "include_extracted_text": True}
TASKS = ("task", "navigation", "action", "extraction", "login", "validation", "file_download", "goto_url",
         "human_interaction")


def read_out(document: Json) -> Json:
    """The workflow as `GET /v1/workflows/{wpid}` answers after the document was saved."""
    read: Json = copied(document)
    definition = read["workflow_definition"]
    rows = {each["key"]: _row(each) for each in definition["parameters"] if isinstance(each.get("key"), str)}
    definition["blocks"] = [_block(each, rows) for each in definition["blocks"]]
    outputs = [_output(label) for label in _labels(definition["blocks"])]
    definition["parameters"] = [*outputs, *(_parameter(each, rows) for each in definition["parameters"])]
    return {"workflow_id": "w_1", "organization_id": "o_1", "workflow_permanent_id": "wpid_1", "agent_id": "wpid_1",
            "version": 3, "is_template": False, "import_error": None, "created_by": None, "edited_by": None,
            "copilot_authored": False, "effective_default_engine": None, **AT, **read}


def _labels(blocks: list[Json]) -> list[str]:
    return [label for block in blocks
            for label in (str(block.get("label")), *_labels(block.get("loop_blocks") or []))]


def _output(label: str) -> Json:
    return {"parameter_type": "output", "key": f"{label}_output", "description": f"Output parameter for block {label}",
            "output_parameter_id": "op_1", "workflow_id": "w_1", **AT}


def _row(parameter: Json) -> Json:
    kind = parameter.get("parameter_type")
    return {**parameter, f"{kind}_parameter_id": "xp_1", "workflow_id": "w_1", **AT}


def _parameter(parameter: Json, rows: dict[str, Json]) -> Json:
    if parameter.get("parameter_type") != "context":
        return _row(parameter)
    read = dict(parameter)
    key = read.pop("source_parameter_key")
    return {**read, "source": rows.get(key, _output(key.removesuffix("_output"))), "value": None}


def _block(block: Json, rows: dict[str, Json]) -> Json:
    kind = block.get("block_type")
    read = {**(OF_TASKS if kind in TASKS else {}), **block, "output_parameter": _output(str(block.get("label")))}
    if kind_of(kind).category != "unknown":
        read.setdefault("disable_cache", False)
    if kind_of(kind).field("parameter_keys") or "parameter_keys" in read:
        keys = read.pop("parameter_keys", None) or []
        read["parameters"] = [rows.get(key, _output(key.removesuffix("_output"))) for key in keys]
    if kind == "file_download":
        read |= {"complete_on_download": True, "include_action_history_in_verification": True}
    if kind == "file_upload":
        read["continue_on_empty"] = False
    if "loop_over_parameter_key" in read:
        key = read.pop("loop_over_parameter_key")
        read["loop_over"] = rows.get(key) if key else None
    if "loop_blocks" in read:
        read["loop_blocks"] = [_block(each, rows) for each in read["loop_blocks"]]
    if kind == "conditional":
        read["branch_conditions"] = [{"id": "b-1", **each} for each in read["branch_conditions"]]
    if kind == "send_email":
        for name in ("smtp_host", "smtp_port", "smtp_username", "smtp_password"):
            key = read.pop(f"{name}_secret_parameter_key", None)
            read[name] = rows[key] if key else {**_row({"parameter_type": "aws_secret", "key": name}),
                                                "aws_key": "UNUSED_CUSTOM_SMTP_PLACEHOLDER"}
    return read
