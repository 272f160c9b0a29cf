"""A workflow as a file: what it is called, and what is in it."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

from ..definition.document import as_text, document_of

NAME = re.compile(r"(?:[a-z0-9-]{1,60}-)?(wpid_[A-Za-z0-9_]{1,60})\.(?:yaml|yml|json)")
LONGEST_SLUG = 60


def slug(title: str) -> str:
    """A title as part of a file's name: small letters, digits and hyphens; `workflow` when nothing of it is left."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:LONGEST_SLUG].strip("-") or "workflow"


def file_name(read: dict[str, Any], kind: str = "yaml") -> str:
    """The same for the same workflow as long as its title stays: `<title>-<wpid>.<kind>`."""
    return f"{slug(str(read.get('title') or ''))}-{read.get('workflow_permanent_id')}.{kind}"


def wpid_in(name: str) -> str | None:
    """Which workflow a file of ours is of, by its name."""
    found = NAME.fullmatch(name.rsplit("/", 1)[-1])
    return found.group(1) if found else None


def content(read: dict[str, Any], kind: str = "yaml") -> bytes:
    """What imports back unchanged: the document, as YAML or JSON. `read` is a workflow as Skyvern reads it out."""
    document = document_of(read)
    if kind == "json":
        text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
        try:
            return text.encode("utf-8")
        except UnicodeEncodeError:  # half of a character: only an escape can hold it
            return (json.dumps(document, indent=2) + "\n").encode("ascii")
    return as_text(document).encode("utf-8", "replace")
