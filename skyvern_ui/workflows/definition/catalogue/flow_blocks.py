"""Blocks that decide what runs, how often and when."""

from __future__ import annotations

from dataclasses import replace

from .kinds import Field
from .shared import P, kind, schema

BLOCKS_INSIDE = Field("loop_blocks", "blocks", "Blocks", "What is repeated.", required=True)

FLOW_BLOCKS = (
    kind("for_loop", "For each", "repeat", "flow", "Repeat blocks for each value of a list.",
         Field("loop_variable_reference", "template", "Values",
               "The list: a parameter, the output of an earlier block, or a description of what to find on the page.",
               common=True, example="{{ read_orders_output.extracted_information.orders }}"),
         Field("loop_over_parameter_key", "parameter", "List parameter",
               "An older way to name the list: the key of a parameter that holds it.", default=""),
         Field("complete_if_empty", "flag", "An empty list is fine",
               "With nothing to repeat the block succeeds instead of failing.", common=True, default=False),
         schema("data_schema", "Shape of one value",
                "A JSON schema of one value, when the values are found by description.", "object", "text"),
         BLOCKS_INSIDE, start={"loop_variable_reference": "", "loop_blocks": []}),
    kind("while_loop", "Repeat while", "rotate-cw", "flow",
         "Repeat blocks as long as something is true, a thousand times at most.",
         Field("condition", "condition", "Condition", "Looked at before each round.", required=True, common=True),
         BLOCKS_INSIDE,
         start={"condition": {"criteria_type": "jinja2_template", "expression": "{{ current_index < 10 }}"},
                "loop_blocks": []}),
    kind("conditional", "Branch", "git-branch", "flow",
         "Take one of several ways: the first whose condition is true, else the default.",
         Field("branch_conditions", "branches", "Ways", "Looked at from above to below.", common=True, default=[]),
         start={"branch_conditions": [
             {"criteria": {"criteria_type": "jinja2_template", "expression": ""}, "next_block_label": None},
             {"is_default": True, "next_block_label": None}]}),
    kind("wait", "Wait", "hourglass", "flow", "Wait a while before going on.",
         Field("wait_sec", "number", "Seconds", "From 1 to 1800, unless the server allows more.", default=0, least=1,
               most=1800, required=True, common=True), start={"wait_sec": 5}),
    kind("workflow_trigger", "Run workflow", "workflow", "flow", "Start another workflow with values from this one.",
         Field("workflow_permanent_id", "workflow", "Workflow", "The workflow to start.", required=True, common=True),
         Field("payload", "json", "Inputs", "The values for its parameters, by key. Jinja works in each.",
               common=True, example='{"order": "{{ current_value }}"}'),
         Field("wait_for_completion", "flag", "Wait until it is done",
               "Else this workflow goes on at once, and does not see the result.", default=True, common=True),
         Field("use_parent_browser_session", "flag", "Use this browser", "It goes on in the browser of this run.",
               "page", default=False),
         Field("browser_session_id", "template", "Browser session", "The id of a browser session that it should use.",
               "page"),
         replace(P[0], help="The parameters whose values the inputs above mention."),
         start={"workflow_permanent_id": "", "payload": {}}),
    kind("terminate", "End the run", "circle-x", "flow", "End the run here, as terminated, with a reason.",
         Field("reason", "long_template", "Reason", "Why it ends; shown in the run.", required=True, common=True,
               least=1),
         Field("error_code", "template", "Error code",
               "A code of your own: letters, digits, and _ . : - with at most 128 characters.", "errors", most=128,
               example="NOTHING_TO_DO"), start={"reason": ""}),
)
