"""Documents for tests: every type of block and parameter with every field filled, nested as deep as you like."""

from __future__ import annotations

from typing import Any

from skyvern_ui.workflows.definition.catalogue import BLOCKS, PARAMETERS, Field, Kind, start
from skyvern_ui.workflows.definition.walk import copied

Json = dict[str, Any]
LOOPS = ("for_loop", "while_loop")
SCHEMA = {"type": "object", "properties": {"total": {"type": "number"}}}
BY_CONTROL: dict[str, Any] = {
    "template": "about {{ order }}", "long_template": "Look at {{ order }}.\nThen go on.", "long_text": "Two\nlines",
    "text": "words", "code": "total = 1 + 1\nprint(total)", "number": 7, "decimal": 2.5, "list": ["one", "{{ order }}"],
    "map": {"name": "its text"}, "json": {"key": ["{{ order }}", 1, None, True]}, "schema": SCHEMA,
    "address": "https://example.com/{{ order }}", "secret": "{{ vault_key }}", "parameter": "order",
    "parameters": ["order", "vault_key"], "credential": "cred_1", "credentials": ["cred_1"],
    "model": {"model_name": "gemini-2.5-pro"}, "workflow": "wpid_1",
    "condition": {"criteria_type": "jinja2_template", "expression": "{{ current_index < 3 }}", "description": "few"},
    "proxy": "US-CA",
    "retry": {"max_retries": 2, "delay_seconds": 30, "webhook_on_retry": "every_attempt",
              "retry_on": [{"status": "failed", "error_codes": ["E1"]}, {"status": "timed_out", "error_codes": None}]},
}
# What a field says where its control alone does not know, by its name or by type and name.
BY_NAME: dict[str, Any] = {
    "error_code": "NOTHING_TO_DO", "error_code_mapping": {"E1": "It went wrong"}, "endpoint_url": "https://s3.example.com",
    "no_results_error_code": "NONE", "steps": None, "loop_over_parameter_key": "order",
    "loop_variable_reference": "{{ order }}", "browser_settings": {"timezone_id": "Europe/Berlin"},
    "source_parameter_key": "order", "url_parameter_key": "order", "range": "A1:C9", "region_name": "eu-central-1",
    "wait_sec": 3, "payload": {"order": "{{ order }}"}, "default_value": "none", "selection_strategy": None,
    "fallback_trigger": None, "credential_ids": None, "fallback_credential_ids": None, "browser_type": None,
    "code_version": 2, "folder_id": None, "completion_contract": None, "webhook_callback_url": "https://example.com/hook",
    "max_elapsed_time_minutes": 60, "cdp_connect_headers": {"X-Key": "one"}, "browser_profile_id": None, "model": None,
    **{f"smtp_{name}_secret_parameter_key": "vault_key" for name in ("host", "port", "username", "password")},
    "custom_smtp_port": None, "custom_smtp_host": None, "custom_smtp_username": None, "custom_smtp_password": None,
    "cc": [], "bcc": [], "llm_key": None, "secret_response_paths": None, "azure_folder_path": None,
}
PARAMETERS_HERE: list[Json] = [
    {"parameter_type": "workflow", "key": "order", "workflow_parameter_type": "string", "description": "which",
     "default_value": "none"},
    {"parameter_type": "aws_secret", "key": "vault_key", "aws_key": "VAULT", "description": None},
]


def filled(field: Field) -> Any:
    """A value for a field that is not what Skyvern would take by itself, where there is another."""
    if field.name in BY_NAME:
        return copied(BY_NAME[field.name])
    if field.control == "choice":
        return next((name for name, _ in field.choices if name != field.default and name != "ui-tars"), field.default)
    if field.control == "flag":
        return not field.default
    return copied(BY_CONTROL[field.control])


def full(kind: Kind, label: str) -> Json:
    """A block of that type with all its fields."""
    block = start(kind.name, label) | {"next_block_label": None} | {
        field.name: filled(field) for field in kind.fields if field.control not in ("blocks", "branches")}
    if kind.name == "http_request":
        block["download_filename"] = None
    if kind.name == "send_email":
        block["transport"] = "smtp"
    if kind.name == "code":
        block["data_schema"] = SCHEMA
    return block


def every_block(prefix: str = "b") -> list[Json]:
    """One block of every type that holds no others."""
    return [full(kind, f"{prefix}_{name}") for name, kind in BLOCKS.items() if name not in (*LOOPS, "conditional")]


def every_parameter(credentials: tuple[str, str] | None = None) -> list[Json]:
    """One parameter of every type, and one input of every type of value."""
    found = copied(PARAMETERS_HERE)
    for kind in PARAMETERS.values():
        if kind.name in ("workflow", "aws_secret", "credential"):
            continue
        found.append({"parameter_type": kind.name, "key": f"p_{kind.name}",
                      **{field.name: filled(field) for field in kind.fields}})
    values = {"string": "a\nb", "integer": 3, "float": 1.5, "boolean": False, "json": {"a": [1, None]},
              "file_url": "https://example.com/a.pdf", "credential_id": None}
    found += [{"parameter_type": "workflow", "key": f"input_{name}", "workflow_parameter_type": name,
               "default_value": value, "description": None} for name, value in values.items()]
    if credentials is not None:
        first, second = credentials
        plain = {"description": None, "credential_ids": None, "selection_strategy": None,
                 "fallback_credential_ids": None, "fallback_trigger": None}
        found += [
            {"parameter_type": "credential", "key": "login", **plain, "credential_id": first},
            {"parameter_type": "credential", "key": "turns", **plain, "credential_id": first,
             "credential_ids": [first, second], "selection_strategy": "random"},
            {"parameter_type": "credential", "key": "spare", **plain, "credential_id": first,
             "fallback_credential_ids": [second], "fallback_trigger": "any_failure"},
        ]
    return sorted(found, key=lambda each: each["parameter_type"] == "context")


def chained(blocks: list[Json], after: str | None = None) -> list[Json]:
    """The blocks, each leading to the next and the last to `after`."""
    for block, following in zip(blocks, [*(each["label"] for each in blocks[1:]), after], strict=True):
        block["next_block_label"] = following
    return blocks


def loop(kind: str, label: str, blocks: list[Json]) -> Json:
    return full(BLOCKS[kind], label) | {"loop_blocks": blocks}


def branch(label: str, *heads: str | None, after: str | None = None) -> Json:
    """A conditional whose ways begin at these blocks; the last is the default."""
    ways: list[Json] = [{"criteria": {"criteria_type": "prompt", "expression": f"case {at}", "description": None},
                         "next_block_label": head, "description": "why", "is_default": False}
                        for at, head in enumerate(heads[:-1])]
    ways.append({"criteria": None, "next_block_label": heads[-1], "description": None, "is_default": True})
    return full(BLOCKS["conditional"], label) | {"branch_conditions": ways, "next_block_label": after}


def document(blocks: list[Json], parameters: list[Json] | None = None, **definition: Any) -> Json:
    return {"title": "Orders", "workflow_definition": {
        "parameters": copied(PARAMETERS_HERE) if parameters is None else parameters, "blocks": blocks, **definition}}


def plain_document() -> Json:
    """All types one after the other."""
    return document([*every_block(), loop("for_loop", "each", [full(BLOCKS["wait"], "w1")]),
                     loop("while_loop", "again", [full(BLOCKS["wait"], "w2")])])


def nested_document(credentials: tuple[str, str] | None = None) -> Json:
    """All types again in a loop, in a loop in a loop, and in the ways of conditionals, outside and inside of loops."""
    inner = [branch("deep", "d_wait", None, after="d_end"), full(BLOCKS["wait"], "d_wait"),
             full(BLOCKS["goto_url"], "d_end")]
    inner[1]["next_block_label"] = "d_end"
    in_way = chained(every_block("way"), "end")
    found = [
        loop("for_loop", "each", chained([loop("while_loop", "again", inner), *every_block("in")])),
        branch("fork", in_way[0]["label"], "other", None, after="end"), *in_way,
        full(BLOCKS["wait"], "other") | {"next_block_label": "end"}, full(BLOCKS["goto_url"], "end"),
        full(BLOCKS["wait"], "last")]
    found[0]["next_block_label"] = "fork"
    return document(found, every_parameter(credentials), finally_block_label="last", version=2,
                    error_code_mapping={"E9": "late"}, workflow_system_prompt="Be brief, {{ order }}.",
                    retry_policy=BY_CONTROL["retry"])
