"""A document: from what Skyvern reads out, from and to text, and what a block says in one line."""

from __future__ import annotations

from typing import Any

from .catalogue import kind_of, takes
from .catalogue.storage import PLACES
from .conversion import writable
from .text_reading import from_text
from .text_shape import BadText
from .text_writing import as_text

__all__ = ["BadText", "as_text", "document_of", "from_text", "summary"]

Json = dict[str, Any]
LONGEST = 140
# What a block says first, where it is not simply the first of its common fields that is filled.
_FIRST = {
    "extraction": ("data_extraction_goal",), "action": ("navigation_goal",), "login": ("navigation_goal", "url"),
    "validation": ("complete_criterion", "terminate_criterion"), "task_v2": ("prompt",), "code": ("prompt", "code"),
    "navigation": ("navigation_goal",), "task": ("navigation_goal", "data_extraction_goal", "url"),
    "file_download": ("navigation_goal", "prompt", "path"), "for_loop": ("loop_variable_reference",
                                                                         "loop_over_parameter_key"),
    "google_sheets_write": ("spreadsheet_url",), "google_sheets_read": ("spreadsheet_url",),
    "email_inbox": ("prompt", "subject", "sender", "folder"), "human_interaction": ("instructions",),
    "data_export": ("data",), "pdf_fill": ("prompt",), "split_pdf": ("prompt",), "print_page": ("custom_filename",),
    "workflow_trigger": ("workflow_permanent_id",), "terminate": ("reason",), "upload_to_s3": ("path",),
}


def document_of(read: Json) -> Json:
    """The document that, sent back, changes nothing (api 3.2). `read` is left alone."""
    return writable(read, takes)


def summary(block: Json) -> str:
    """What the block does, in one line of at most LONGEST characters; empty when it says nothing yet. Never raises."""
    kind = str(block.get("block_type"))
    if kind == "wait":
        seconds = block.get("wait_sec")
        return f"{seconds} second{'' if seconds == 1 else 's'}" if isinstance(seconds, (int, float)) else ""
    if kind == "conditional":
        ways = block.get("branch_conditions")
        count = len(ways) if isinstance(ways, list) else 0
        return f"{count} way{'' if count == 1 else 's'}"
    if kind == "while_loop":
        condition = block.get("condition")
        return _line(condition.get("expression")) if isinstance(condition, dict) else ""
    if kind == "http_request":
        return _line(f"{block.get('method') or 'GET'} {block.get('url') or ''}")
    if kind == "send_email":
        to = block.get("recipients")
        names = ", ".join(str(each) for each in to) if isinstance(to, list) else ""
        return _line(": ".join(part for part in (names, str(block.get("subject") or "")) if part))
    if kind == "file_upload":
        place = dict(PLACES).get(str(block.get("storage_type") or "s3"), "")
        return _line(" · ".join(part for part in (place, str(block.get("path") or "")) if part))
    names_of = _FIRST.get(kind) or tuple(field.name for field in kind_of(kind).fields if field.common)
    for name in names_of:
        value = block.get(name)
        if isinstance(value, str) and value.strip():
            return _line(value)
    return ""


def _line(text: Any) -> str:
    words = " ".join(str(text or "").split()) if text is not None else ""
    return words if len(words) <= LONGEST else words[:LONGEST - 1].rstrip() + "…"
