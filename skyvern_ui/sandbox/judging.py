"""What Skyvern 1.0.56 refuses of a definition, in its words: what its models check, then what its converter checks.

Flaw ── found while a definition is read; becomes a list (/v1) or one text (/api/v1), as each of them answers
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from skyvern_ui.sandbox.refusals import Refusal

Json = dict[str, Any]
LOOPS = ("for_loop", "while_loop")
REQUIRED: dict[str, tuple[str, ...]] = {  # in the order in which Skyvern names them
    "task": (), "for_loop": ("loop_blocks",), "while_loop": ("loop_blocks", "condition"), "code": ("code",),
    "text_prompt": ("prompt",), "download_to_s3": ("url",), "upload_to_s3": (), "file_upload": (),
    "send_email": ("recipients", "subject", "body"), "file_url_parser": ("file_url",), "validation": (), "action": (),
    "navigation": ("navigation_goal",), "extraction": ("data_extraction_goal",), "login": (), "wait": (),
    "human_interaction": ("recipients",), "file_download": ("navigation_goal",),
    "data_export": ("data", "data_schema"), "terminate": ("reason",), "goto_url": ("url",),
    "pdf_parser": ("file_url",), "task_v2": ("prompt",), "http_request": (), "web_search": ("query",),
    "conditional": (), "print_page": (), "pdf_fill": ("file_url", "prompt"), "split_pdf": ("file_url", "prompt"),
    "workflow_trigger": ("workflow_permanent_id",), "google_sheets_read": ("spreadsheet_url",),
    "email_inbox": ("email_client",), "google_sheets_write": ("spreadsheet_url",),
}
BITWARDEN = tuple(f"bitwarden_{part}_aws_secret_key" for part in ("client_id", "client_secret", "master_password"))
PARAMETERS: dict[str, tuple[str, ...]] = {
    "aws_secret": ("aws_key",), "bitwarden_login_credential": BITWARDEN, "bitwarden_sensitive_information": BITWARDEN,
    "bitwarden_credit_card_data": BITWARDEN, "onepassword": ("vault_id", "item_id"),
    "azure_vault_credential": ("vault_name", "username_key", "password_key"), "workflow": ("workflow_parameter_type",),
    "context": ("source_parameter_key",), "output": (), "credential": ("credential_id",),
}
ODD_NAMES = {"task_v2": "<BlockType.TaskV2: 'task_v2'>",
             "bitwarden_sensitive_information": "'bitwarden_sensitive_information'"}
IDENTIFIER = ("(only letters, digits, and underscores; cannot start with a digit). Characters like '/', '-', '.', etc. "
              "are not allowed because they conflict with Jinja2 template syntax.")


class Flaw(Exception):
    def __init__(self, where: tuple[str | int, ...], kind: str, words: str, given: Any = None,
                 context: Json | None = None) -> None:
        super().__init__(words)
        self.where, self.kind, self.words, self.given = where, kind, words, given
        self.context = context or ({"error": {}} if kind == "value_error" else {})

    @property
    def text(self) -> str:
        return f"{' -> '.join(map(str, self.where))}: {self.words}" if self.where else self.words


def judge(sent: Any) -> None:
    """Raises Flaw for what the models refuse, Refusal for what is refused later."""
    if not isinstance(sent, dict):
        raise Flaw((), "model_type", "Input should be a valid dictionary or instance of WorkflowCreateYAMLRequest")
    for key in ("title", "workflow_definition"):
        if not sent.get(key):
            raise Flaw((key,), "missing", "Field required", sent)
    definition = sent["workflow_definition"]
    at: tuple[str | int, ...] = ("workflow_definition",)
    for key in ("parameters", "blocks"):
        if not isinstance(definition, dict) or not isinstance(definition.get(key), list):
            raise Flaw((*at, key), "missing", "Field required", definition)
    for number, parameter in enumerate(definition["parameters"]):
        _judge_parameter(parameter, (*at, "parameters", number))
    for number, block in enumerate(definition["blocks"]):
        _judge_block(block, (*at, "blocks", number))
    _judge_labels(definition, at)
    _convert(definition)


def every_block(blocks: list[Json]) -> Iterator[Json]:
    for block in blocks:
        yield block
        yield from every_block(block.get("loop_blocks") or [])


def is_graph(blocks: list[Json]) -> bool:
    return any(block["block_type"] == "conditional" or block.get("next_block_label") for block in blocks)


def _judge_parameter(parameter: Any, at: tuple[str | int, ...]) -> None:
    kind = parameter.get("parameter_type") if isinstance(parameter, dict) else None
    if kind not in PARAMETERS:
        raise _unknown(at, "parameter_type", "ParameterType", kind, list(PARAMETERS), parameter)
    at = (*at, kind)
    for name in ("key", *PARAMETERS[kind]):
        if parameter.get(name) is None:
            raise Flaw((*at, name), "missing", "Field required", parameter)
    key = str(parameter["key"])
    if any(letter.isspace() for letter in key):
        raise Flaw((*at, "key"), "value_error", "Value error, Key cannot contain whitespace characters", key)
    if not key.isidentifier():
        raise Flaw((*at, "key"), "value_error", f"Value error, Key '{key}' is not a valid parameter name. Parameter "
                   f"keys must be valid Python identifiers {IDENTIFIER}", key)


def _judge_block(block: Any, at: tuple[str | int, ...]) -> None:
    kind = block.get("block_type") if isinstance(block, dict) else None
    if kind not in REQUIRED:
        raise _unknown(at, "block_type", "BlockType", kind, list(REQUIRED), block)
    at = (*at, kind)
    for name in ("label", *REQUIRED[kind]):
        if block.get(name) is None:
            raise Flaw((*at, name), "missing", "Field required", block)
    label = str(block["label"])
    if not label.strip():
        raise Flaw((*at, "label"), "value_error", "Value error, Block labels cannot be empty.", label)
    if not label.isidentifier():
        raise Flaw((*at, "label"), "value_error", f"Value error, Block label '{label}' is not a valid label. Block "
                   f"labels must be valid Python identifiers {IDENTIFIER}", label)
    if kind == "conditional":
        _judge_branches(block, at)
    if kind == "while_loop" and not (block["condition"] or {}).get("expression"):
        raise Flaw((*at, "condition", "expression"), "missing", "Field required", block["condition"])
    for number, inner in enumerate(block.get("loop_blocks") or [] if kind in LOOPS else []):
        _judge_block(inner, (*at, "loop_blocks", number))


def _unknown(at: tuple[str | int, ...], key: str, name: str, kind: Any, known: list[str], given: Any) -> Flaw:
    tags = ", ".join(ODD_NAMES.get(each, f"<{name}.{each.upper()}: '{each}'>") for each in known)
    words = f"Input tag '{kind}' found using '{key}' does not match any of the expected tags: {tags}"
    context = {"discriminator": f"'{key}'", "tag": kind, "expected_tags": tags}
    return Flaw(at, "union_tag_invalid", words, given, context)


def _judge_branches(block: Json, at: tuple[str | int, ...]) -> None:
    found: list[Json] = block.get("branch_conditions") or []
    for number, branch in enumerate(found):
        where = (*at, "branch_conditions", number)
        criteria, is_default = branch.get("criteria"), branch.get("is_default")
        if criteria is None and not is_default:
            raise Flaw(where, "value_error", "Value error, Branches without criteria must be marked as default.",
                       branch)
        if criteria is not None and is_default:
            raise Flaw(where, "value_error", "Value error, Default branches may not define criteria.", branch)
        if criteria is not None and criteria.get("expression") is None:
            raise Flaw((*where, "criteria", "expression"), "missing", "Field required", criteria)
    if not found:
        raise Flaw(at, "value_error", "Value error, Conditional blocks require at least one branch.", block)
    if sum(bool(branch.get("is_default")) for branch in found) > 1:
        raise Flaw(at, "value_error", "Value error, Only one default branch is permitted per conditional block.")


def _judge_labels(definition: Json, at: tuple[str | int, ...]) -> None:
    labels = [str(block["label"]) for block in definition["blocks"]]
    if twice := sorted({label for label in labels if labels.count(label) > 1}):
        raise Flaw(at, "value_error", "Value error, Block labels must be unique within a workflow. Found duplicate "
                   f"label(s): {', '.join(twice)}", definition)
    last = definition.get("finally_block_label")
    if last and last not in labels:
        raise Flaw(at, "value_error", f"Value error, finally_block_label '{last}' does not reference a valid block. "
                   f"Available labels: {', '.join(labels) or '(none)'}", definition)
    version = definition.get("version")
    if version is not None and version < 2 and is_graph(definition["blocks"]):
        raise Flaw(at, "value_error", "Value error, workflow_definition.version must be 2 or greater when using "
                   "conditional blocks or explicit next_block_label routing.", definition)


def _convert(definition: Json) -> None:
    keys = [str(each["key"]) for each in definition["parameters"]]
    labels = [str(block["label"]) for block in every_block(definition["blocks"])]
    outputs = [f"{label}_output" for label in labels]
    if any(each["parameter_type"] == "output" for each in definition["parameters"]):
        raise Refusal(422, "Cannot manually create output parameters")
    if twice := {label for label in labels if labels.count(label) > 1}:
        raise Refusal(422, "WorkflowDefinition has blocks with duplicate labels. Each block needs to have a unique "
                           f"label. Duplicate label(s): {','.join(sorted(twice))}")
    if set(keys) & set(outputs):
        raise Refusal(422, "WorkflowDefinition has parameters with reserved keys. User created parameters cannot have "
                           f"the following reserved keys: {','.join(outputs)}. Parameter keys: {','.join(keys)}")
    if again := {key for key in keys if keys.count(key) > 1}:
        raise Refusal(422, "WorkflowDefinition has parameters with duplicate keys. Each parameter needs to have a "
                           f"unique key. Duplicate key(s): {','.join(sorted(again))}")
    for each in definition["parameters"]:
        source = each.get("source_parameter_key")
        if each["parameter_type"] == "context" and source not in (*keys, *outputs):
            raise Refusal(422, f"Source parameter key {source} for context parameter {each['key']} does not exist.")
    for block in every_block(definition["blocks"]):
        over = block.get("loop_over_parameter_key") or block.get("loop_variable_reference")
        if block["block_type"] == "for_loop" and not over:
            raise Refusal(422, f"For loop block '{block['label']}' requires either loop_over_parameter_key or "
                               "loop_variable_reference")
    if missing := [(str(block["label"]), [key for key in block.get("parameter_keys") or []
                                          if key not in (*keys, *outputs)])
                   for block in every_block(definition["blocks"])]:
        lines = [f"  - Block '{label}' references undefined parameter(s): {', '.join(map(repr, lost))}"
                 for label, lost in missing if lost]
        if lines:
            raise Refusal(400, "Workflow definition has blocks that reference undefined parameters:\n"
                               + "\n".join(lines) + "\n\nMake sure to define all parameters in the workflow "
                               "parameters list before using them in blocks.")
    if (definition.get("version") or (2 if is_graph(definition["blocks"]) else 1)) >= 2:
        _judge_graph(definition["blocks"])


def _judge_graph(blocks: list[Json]) -> None:
    for block in blocks:
        if block.get("loop_blocks"):
            _judge_graph(block["loop_blocks"])
    known = {str(block["label"]) for block in blocks}
    aimed: set[str] = set()
    for block in blocks:
        for holder in (block, *(block.get("branch_conditions") or [])):
            aim = holder.get("next_block_label")
            if aim and aim not in known:
                raise Refusal(422, f"Block {block['label']} references unknown next_block_label {aim}")
            if aim:
                aimed.add(aim)
    roots = sorted(known - aimed)
    if blocks and not roots:
        raise Refusal(422, "Circular reference detected: every block is the target of another block's "
                           "next_block_label, so there is no starting block. At least one block must not be the "
                           "target of any next_block_label or branch condition.")
    if len(roots) > 1:
        raise Refusal(422, f"Disconnected blocks detected: blocks ({', '.join(roots)}) are not reachable from any "
                           "other block. Every block must be reachable from the first block through "
                           "next_block_label or conditional branch references. Either connect them by setting another "
                           "block's next_block_label to point to them, or remove them.")
