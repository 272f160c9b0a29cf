"""Fields that several types of blocks have in common (the letters are those of api 3.4)."""

from __future__ import annotations

from typing import Any

from .kinds import Field, Kind

ENGINES = (
    ("skyvern-1.0", "Skyvern 1.0"), ("skyvern-2.0", "Skyvern 2.0"), ("skyvern-3.0", "Skyvern 3.0"),
    ("openai-cua", "OpenAI computer use"), ("anthropic-cua", "Anthropic computer use"), ("ui-tars", "UI-TARS"),
    ("yutori-navigator", "Yutori Navigator"),
)
BODY_FORMATS = (("text", "Plain text"), ("html", "HTML"))

# Every block has these, after its own.
EVERY = (
    Field("continue_on_failure", "flag", "Go on when this fails",
          "The workflow goes on with the next block although this one failed.", "errors", default=False),
    Field("next_loop_on_failure", "flag", "Go on with the next round when this fails",
          "Inside a loop: a failure ends this round only, and the loop goes on with the next.", "errors",
          default=False),
    Field("model", "model", "Model", "The language model for this block. Empty: that of the workflow.", "more",
          example='{"model_name": "gpt-5"}'),
    Field("ignore_workflow_system_prompt", "flag", "Leave out the workflow's system prompt",
          "The instructions for the whole workflow are not given to this block.", "more", default=False),
)

PAGE = Field("url", "address", "Page", "The address to open first. Empty: the page that is open already.", "page",
             common=True, example="https://shop.example.com/orders")
TITLE = Field("title", "template", "Title", "A name for the task, shown in runs and logs.", "more", default="")
GOAL = Field("navigation_goal", "long_template", "Goal",
             "What to do in the browser, in plain words. Say when it is done.", required=True, common=True,
             example="Open the newest order and download its invoice. Done when the file is saved.")

E = (
    Field("engine", "choice", "Engine", "Which agent drives the browser. Empty: the server's default.", "more",
          choices=ENGINES),
    Field("engine_pinned", "flag", "Keep this engine",
          "Says that Skyvern 1.0 was chosen on purpose and must not be replaced by the default.", "more",
          default=False),
)
MAX_STEPS = Field("max_steps_per_run", "number", "Most steps",
                  "How many steps the agent may take in this block. Empty: the server's limit.", "limits",
                  example="20")
R = (
    MAX_STEPS,
    Field("max_retries", "number", "Retries", "How often the block is tried again after it failed.", "limits",
          default=0),
)
P = (
    Field("parameter_keys", "parameters", "Parameters",
          "The parameters whose values are given to this block beside the text. A login is given this way."),
)
T = (
    Field("totp_identifier", "template", "One-time code for",
          "The address or number to which one-time codes are sent; Skyvern waits for the code that came for it.",
          "sign-in", example="billing@example.com"),
    Field("totp_verification_url", "address", "Address that gives one-time codes",
          "Your own service that answers with the code. Skyvern asks it when a site wants one.", "sign-in"),
)
C = (
    Field("complete_criterion", "long_template", "Done when",
          "What must be true for success. The agent checks it against the page.", common=True,
          example="The page says that the order was placed."),
    Field("terminate_criterion", "long_template", "Give up when",
          "What makes going on pointless. The block then ends as terminated.",
          example="The page says that the account is closed."),
)
V = (
    Field("complete_verification", "flag", "Check that it is done",
          "A second look at the page before the block counts as done.", "limits", default=True),
    Field("include_action_history_in_verification", "flag", "Show what was done to the check",
          "The check also sees the actions, not only the page.", "limits", default=False),
)
M = (
    Field("error_code_mapping", "map", "Error codes",
          "Codes of your own for things that can go wrong, each with a sentence that says when it applies.", "errors",
          example="OUT_OF_STOCK: The shop says that the article cannot be delivered"),
)
D = (
    Field("disable_cache", "flag", "Do not use saved code",
          "The agent does this block anew each time, even where the workflow runs with generated code.", "code",
          default=False),
)
FILE_NAME = Field("download_suffix", "template", "Name of the file",
                  "The whole name of the downloaded file, without its ending.", "output",
                  example="invoice_{{ number }}")
DL = (
    Field("complete_on_download", "flag", "Done when a file was downloaded",
          "The block ends with success as soon as a download is complete.", "output", default=False),
    FILE_NAME,
)
LLM_KEY = Field("llm_key", "template", "Internal model key",
                "An older way to choose the model. Use Model instead; with it this is ignored.", "more")

FILE_URL = Field("file_url", "address", "File",
                 "The file's address, or the output of a block that downloaded one.", required=True, common=True,
                 example="{{ download_invoice_output.downloaded_file_urls[0] }}")


def schema(name: str, label: str, text: str, *shapes: str, **more: Any) -> Field:
    """A JSON schema; `shapes` as Skyvern takes them for this type."""
    return Field(name, "schema", label, text, more.pop("group", "output"), shapes=shapes, **more)


DATA_SCHEMA = schema("data_schema", "Shape of the result",
                     "A JSON schema of what should come out. Empty: Skyvern chooses.", "object", "array", "text")
JSON_SCHEMA = schema("json_schema", "Shape of the result",
                     "A JSON schema of what should come out. Empty: plain text.", "object")


def kind(name: str, title: str, icon: str, category: str, help_text: str, *fields: Field,
         start: dict[str, Any] | None = None, deprecated: bool = False) -> Kind:
    """A type of block with its own fields, the common ones first, then those of every block."""
    ordered = sorted(fields, key=lambda each: not each.common)
    return Kind(name, title, icon, category, help_text, (*ordered, *EVERY), tuple((start or {}).items()), deprecated)
