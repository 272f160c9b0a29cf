"""One document for each rule by which Skyvern refuses it, with the place at which we say so."""

from __future__ import annotations

from typing import Any

from skyvern_ui.workflows.definition.walk import copied

from .samples import PARAMETERS_HERE, document

Json = dict[str, Any]
Case = tuple[Json, tuple[str, str, str | None]]

GO: Json = {"block_type": "goto_url", "label": "a", "url": "https://example.com"}
EMAIL: Json = {"block_type": "send_email", "label": "a", "sender": "a@example.com", "recipients": ["b@example.com"],
               "subject": "s", "body": "b"}
CODE: Json = {"block_type": "code", "label": "a", "code": "x = 1"}
SEARCH: Json = {"block_type": "web_search", "label": "a", "query": "lamps"}
WAY: Json = {"criteria": {"expression": "{{ order }}"}, "next_block_label": None}
INPUT: Json = {"parameter_type": "workflow", "key": "p", "workflow_parameter_type": "string"}
BITWARDEN: Json = {"parameter_type": "bitwarden_login_credential", "key": "p",
                   **{f"bitwarden_{part}_aws_secret_key": "x"
                      for part in ("client_id", "client_secret", "master_password")}}


def _block(*names: str | None, **fields: Any) -> Case:
    """A block of that type alone; the first name is its type, the second the field."""
    kind, field = names
    return document([{"block_type": kind, "label": "a", **fields}]), ("block", "a", field)


def _of(block: Json, field: str | None, **fields: Any) -> Case:
    return document([block | fields]), ("block", "a", field)


def _parameter(field: str, **parameter: Any) -> Case:
    return document([GO], [*PARAMETERS_HERE, parameter]), ("parameter", parameter.get("key", ""), field)


def _definition(field: str, **definition: Any) -> Case:
    return document([GO], **definition), ("settings", "", field)


def _setting(field: str, value: Any) -> Case:
    return document([GO]) | {field: value}, ("settings", "", field)


def _linked(name: str, field: str | None, *blocks: Json, **definition: Any) -> Case:
    return document([copied(each) for each in blocks], **definition), ("block", name, field)


def _wait(label: str, following: str | None = None) -> Json:
    return {"block_type": "wait", "label": label, "wait_sec": 1, "next_block_label": following}


def _conditional(*ways: Json, label: str = "a", after: str | None = None) -> Json:
    return {"block_type": "conditional", "label": label, "branch_conditions": list(ways), "next_block_label": after}


def _loop(*blocks: Json, label: str = "a", **fields: Any) -> Json:
    return {"block_type": "for_loop", "label": label, "loop_variable_reference": "{{ order }}",
            "loop_blocks": list(blocks), **fields}


def _without(block: Json, name: str) -> Json:
    return {key: value for key, value in block.items() if key != name}


DEFAULT: Json = {"is_default": True}
REFUSED: dict[str, Case] = {
    "labels that clash": (document([GO, _wait("a")]), ("block", "a", "label")),
    "labels that clash in a loop": (document([GO, _loop(_wait("a"), label="l")]), ("block", "a", "label")),
    "a label that is no name": (document([GO | {"label": "a b"}]), ("block", "a b", "label")),
    "an empty label": (document([GO | {"label": ""}]), ("block", "", "label")),
    "no label": (document([_without(GO, "label")]), ("block", "", "label")),
    "no type": (document([_without(GO, "block_type")]), ("block", "a", "block_type")),
    "a key that is an output": _parameter("key", **INPUT | {"key": "a_output"}),
    "a key of Skyvern's own": _parameter("key", **INPUT | {"key": "current_value"}),
    "a key twice": _parameter("key", **INPUT | {"key": "order"}),
    "a key that is no name": _parameter("key", **INPUT | {"key": "a-b"}),
    "an output as parameter": _parameter("parameter_type", parameter_type="output", key="p"),
    "a parameter without type": _parameter("parameter_type", key="p"),
    "a context of nothing": _parameter("source_parameter_key", parameter_type="context", key="p",
                                       source_parameter_key="nowhere"),
    "a parameter that lacks a field": _parameter("aws_key", parameter_type="aws_secret", key="p"),
    "a default that is no number": _parameter("default_value", **INPUT | {"workflow_parameter_type": "integer",
                                                                          "default_value": "many"}),
    "a default that is no truth": _parameter("default_value", **INPUT | {"workflow_parameter_type": "boolean",
                                                                         "default_value": "perhaps"}),
    "no logins to take turns": _parameter("credential_ids", parameter_type="credential", key="p",
                                          credential_id="cred_1", credential_ids=[]),
    "turns and spares": _parameter("fallback_credential_ids", parameter_type="credential", key="p",
                                   credential_id="cred_1", credential_ids=["cred_1"],
                                   fallback_credential_ids=["cred_2"]),
    "a trigger without spares": _parameter("fallback_trigger", parameter_type="credential", key="p",
                                           credential_id="cred_1", fallback_trigger="any_failure"),
    "Bitwarden without an item": _parameter("bitwarden_item_id", **BITWARDEN),
    "Bitwarden with a collection alone": _parameter("url_parameter_key", **BITWARDEN,
                                                    bitwarden_collection_id="collection"),
    "no required field": _block("goto_url", "url"),
    "null in a required field": _of(GO, "url", url=None),
    "a number for a text": _of(GO, "url", url=5),
    "a text for a number": _block("task", "max_retries", max_retries="many"),
    "null for a number": _block("task", "max_retries", max_retries=None),
    "a text for a flag": _of(GO, "continue_on_failure", continue_on_failure="perhaps"),
    "a list for a model": _of(GO, "model", model=[]),
    "a list of numbers": _of(EMAIL, "recipients", recipients=[1]),
    "a number for a link": _of(GO, "next_block_label", next_block_label=5),
    "a parameter that is nowhere": _block("navigation", "parameter_keys", navigation_goal="x",
                                          parameter_keys=["nowhere"]),
    "a parameter that is nowhere, in a loop": (
        document([_loop(CODE | {"parameter_keys": ["nowhere"]}, label="l")]), ("block", "a", "parameter_keys")),
    "an action without words": _block("action", "navigation_goal"),
    "an action with empty words": _block("action", "navigation_goal", navigation_goal=""),
    "nothing to check": _block("validation", "complete_criterion"),
    "no time to wait": _block("wait", "wait_sec"),
    "an export without columns": _block("extraction", "export_data_schema", data_extraction_goal="x",
                                        export_enabled=True),
    "a loop over nothing": _block("for_loop", "loop_variable_reference", loop_blocks=[]),
    "a loop over what is nowhere": _block("for_loop", "loop_over_parameter_key", loop_blocks=[],
                                          loop_over_parameter_key="nowhere"),
    "a loop without blocks": _of(_without(_loop(), "loop_blocks"), "loop_blocks"),
    "a while without a condition": _block("while_loop", "condition", loop_blocks=[]),
    "a while whose condition says nothing": _block("while_loop", "condition", loop_blocks=[], condition={}),
    "a branch without ways": _linked("a", "branch_conditions", _conditional()),
    "a branch with two defaults": _linked("a", "branch_conditions", _conditional(DEFAULT, DEFAULT)),
    "a way with nothing": _linked("a", "branch_conditions", _conditional({"next_block_label": None})),
    "a way with too much": _linked("a", "branch_conditions", _conditional(WAY | DEFAULT)),
    "a way whose condition says nothing": _linked("a", "branch_conditions", _conditional({"criteria": {}}, DEFAULT)),
    "code with parameters": _of(CODE, "parameters", parameters=[]),
    "code with an error code": _of(CODE, "error_code", error_code="x"),
    "code with too many error codes": _of(CODE, "error_code_mapping",
                                          error_code_mapping={f"E{at}": "x" for at in range(65)}),
    "code with a long error code": _of(CODE, "error_code_mapping", error_code_mapping={"E" * 129: "x"}),
    "code with blanks at an error code": _of(CODE, "error_code_mapping", error_code_mapping={" E": "x"}),
    "code with a long sentence": _of(CODE, "error_code_mapping", error_code_mapping={"E": "x" * 2001}),
    "code with a sentence of two lines": _of(CODE, "error_code_mapping", error_code_mapping={"E": "x\ny"}),
    "code with very much to say": _of(CODE, "error_code_mapping",
                                      error_code_mapping={f"E{at}": "x" * 1900 for at in range(20)}),
    "code with bad braces": _of(CODE, "code", code="x = '{{ order'"),
    "code with an unknown filter": _of(CODE, "code", code="x = '{{ order | nothing }}'"),
    "code with bad braces, in a loop": (document([_loop(CODE | {"code": "x = '{% if %}'"}, label="l")]),
                                        ("block", "a", "code")),
    "inputs with bad braces": _block("workflow_trigger", "payload", workflow_permanent_id="wpid_1",
                                     payload={"a": ["{{ order"]}),
    "an e-mail from nobody": _of(_without(EMAIL, "sender"), "sender"),
    "a copy without Gmail": _of(EMAIL, "cc", cc=["c@example.com"]),
    "a blind copy without Gmail": _of(EMAIL, "bcc", bcc=["c@example.com"]),
    "Gmail with a mail server": _of(EMAIL, "custom_smtp_host", transport="gmail", custom_smtp_host="smtp.example.com"),
    "a port that is none": _of(EMAIL, "custom_smtp_port", custom_smtp_port=70000),
    "a secret that is nowhere": _of(EMAIL, "smtp_host_secret_parameter_key", smtp_host_secret_parameter_key="nowhere"),
    "a secret that is an input": _of(EMAIL, "smtp_host_secret_parameter_key", smtp_host_secret_parameter_key="order"),
    "a body that is a list": _block("http_request", "body", body=[1]),
    "a saved answer with secrets": _block("http_request", "secret_response_paths", save_response_as_file=True,
                                          secret_response_paths=["a"]),
    "a search for nothing": _of(SEARCH, "query", query=""),
    "too many results": _of(SEARCH, "num_results", num_results=101),
    "results in quotes": _of(SEARCH, "num_results", num_results="5"),
    "a search code for nothing": _of(SEARCH, "no_match_error_code", no_match_error_code="E"),
    "a blank search code": _of(SEARCH, "no_results_error_code", no_results_error_code=" "),
    "a long search code": _of(SEARCH, "no_results_error_code", no_results_error_code="E" * 101),
    "a schema that is none": _of(SEARCH, "json_schema", json_schema={"type": "thing"}),
    "an end without reason": _block("terminate", "reason", reason=" "),
    "an end with an odd code": _block("terminate", "error_code", reason="x", error_code="a b"),
    "an end with a long code": _block("terminate", "error_code", reason="x", error_code="E" * 129),
    "a link to nowhere": _linked("a", "next_block_label", _wait("a", "nowhere")),
    "a way to nowhere": _linked("a", "branch_conditions", _conditional(WAY | {"next_block_label": "nowhere"})),
    "a block to which nothing leads": _linked("c", None, _wait("a", "b"), _wait("b"), _wait("c")),
    "a circle": _linked("b", "next_block_label", _wait("a", "b"), _wait("b", "c"), _wait("c", "b")),
    "a circle without beginning": _linked("a", "next_block_label", _wait("a", "b"), _wait("b", "a")),
    "empty ways and a next block": _linked("b", None, _conditional(WAY, DEFAULT, after="b"), _wait("b")),
    "a link out of a loop": _linked("b", "next_block_label", _wait("c", "a"), _loop(_wait("b", "c"))),
    "a loose block in a loop": _linked("d", None, _wait("c", "a"), _loop(_wait("b"), _wait("d"))),
    "an old version with links": (document([_wait("a", "b"), _wait("b")], version=1), ("settings", "", "version")),
    "a last block that is not there": _definition("finally_block_label", finally_block_label="nowhere"),
    "a last block in a loop": (document([_loop(GO | {"label": "b"})], finally_block_label="b"),
                               ("settings", "", "finally_block_label")),
    "a last block with one after it": (document([_wait("a", "b"), _wait("b")], finally_block_label="a"),
                                       ("settings", "", "finally_block_label")),
    "no retries": _definition("retry_policy", retry_policy={"max_retries": 0, "retry_on": [{"status": "failed"}]}),
    "a retry much later": _definition("retry_policy", retry_policy={"delay_seconds": 3601,
                                                                    "retry_on": [{"status": "failed"}]}),
    "a retry after nothing": _definition("retry_policy", retry_policy={"retry_on": []}),
    "a retry twice": _definition("retry_policy", retry_policy={"retry_on": [{"status": "failed"},
                                                                            {"status": "failed"}]}),
    "a retry with an empty code": _definition("retry_policy", retry_policy={"retry_on": [{"status": "failed",
                                                                                          "error_codes": [""]}]}),
    "error codes that are numbers": _definition("error_code_mapping", error_code_mapping={"E": 5}),
    "a time zone that is none": _definition("browser_settings", browser_settings={"timezone_id": "+03:00"}),
    "no list of blocks": ({"title": "t", "workflow_definition": {"parameters": [], "blocks": None}},
                          ("settings", "", "blocks")),
    "no definition": ({"title": "t"}, ("settings", "", "workflow_definition")),
    "no title": ({"workflow_definition": document([GO])["workflow_definition"]}, ("settings", "", "title")),
    "too long a run": _setting("max_elapsed_time_minutes", 481),
    "a run of true minutes": _setting("max_elapsed_time_minutes", True),
    "code of version 3": _setting("code_version", 3),
    "headers that are numbers": _setting("extra_http_headers", {"A": 1}),
    "null for a switch": _setting("ai_fallback", None),
    "a profile with bad braces": _setting("browser_profile_key", "{{ order"),
}
# What 1.0.56 takes although one may wonder: no rule of ours may stop it.
TAKEN: dict[str, Json] = {
    "nothing at all": document([]),
    "numbers and flags in quotes": document([GO | {"continue_on_failure": "yes"},
                                             {"block_type": "task", "label": "b", "max_retries": "3"},
                                             _wait("c") | {"wait_sec": 2.0}]),
    "keys that nobody knows": document([GO | {"of_tomorrow": {"a": 1}}], of_tomorrow=True) | {"of_tomorrow": 1},
    "Gmail without a sender": document([_without(EMAIL, "sender") | {"transport": "gmail", "cc": ["c@example.com"],
                                                                     "credential_id": "cred_1"}]),
    "a mail server of one's own": document([EMAIL | {"custom_smtp_host": "smtp.example.com",
                                                     "smtp_host_secret_parameter_key": "nowhere"}]),
    "code that is not Python": document([CODE | {"code": "this is = not python ("}]),
    "bad braces elsewhere": document([GO | {"url": "{{ order"}]),
    "bad braces in a comment": document([CODE | {"code": "x = 1  # {{ }}"}]),
    "an unknown name": document([GO | {"url": "{{ nobody }}"}]),
    "empty words": document([{"block_type": "navigation", "label": "a", "navigation_goal": ""}]),
    "a loop without version 2": document([_loop(_wait("b", "nowhere"), _wait("c"))]),
    "two ways to one end": document([_conditional(WAY | {"next_block_label": "b"}, DEFAULT, after="c"),
                                     _wait("b"), _wait("c")]),
    "a last block apart": document([_wait("a", "b"), _wait("b"), _wait("z")], finally_block_label="z"),
    "a context of a context": document([GO], [
        *PARAMETERS_HERE, {"parameter_type": "context", "key": "one", "source_parameter_key": "a_output"},
        {"parameter_type": "context", "key": "two", "source_parameter_key": "one"}]),
}
