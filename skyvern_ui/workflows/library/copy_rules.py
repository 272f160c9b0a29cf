"""A workflow as a document of its own: for a copy, for a file."""

from __future__ import annotations

from typing import Any

from ..definition.document import document_of

HIDDEN = "***"
LONGEST_TITLE = 255
NOT_SHOWN = "Skyvern does not hand out the values of its CDP headers: enter them anew."


def copy_of(read: dict[str, Any], title: str | None = None) -> tuple[dict[str, Any], str]:
    """What creates a copy of a workflow that Skyvern reads out, and what is missing in it, in a sentence or empty. The
    copy is called `title`, or "<its title> (copy)"; it is published, in the same folder."""
    document, lost = without_hidden(document_of(read))
    own = str(document.get("title") or "Untitled workflow")
    document["title"] = title or f"{own[:LONGEST_TITLE - 7]} (copy)"
    document["status"] = "published"
    return document, lost


def without_hidden(document: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The document without values that Skyvern only shows as `***`, and the sentence that says so. In a new version of
    the same workflow they stay as they are; anywhere else the stars would be sent as the value."""
    headers = document.get("cdp_connect_headers")
    if not isinstance(headers, dict) or HIDDEN not in headers.values():
        return document, ""
    shown = {name: value for name, value in headers.items() if value != HIDDEN}
    return {**document, "cdp_connect_headers": shown or None}, NOT_SHOWN
