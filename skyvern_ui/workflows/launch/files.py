"""What was typed into the inputs of a workflow, with the files that were chosen handed on to Skyvern."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from ...audit import Actor
from ...skyvern.client import Skyvern
from ...skyvern.errors import SkyvernError
from .inputs import Input
from .rules import upload

MOST_UPLOAD_BYTES = 30 * 1024 * 1024
TOO_LARGE = "This file is larger than 30 MB, which is the most Skyvern takes."
EMPTY = "This file is empty."


def read_typed(inputs: Iterable[Input], form: Mapping[str, str], files: Mapping[str, Any] | None, skyvern: Skyvern,
               actor: Actor) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """(texts, names of uploaded files, sentences), each by the input's key. A chosen file is uploaded at once, even if
    something else in the form is wrong, so that it need not be chosen again; a typed address counts more than a file
    of before. Without `files` nothing is uploaded."""
    typed: dict[str, str] = {}
    named: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for each in inputs:
        typed[each.key] = form.get(f"p-{each.key}", "")
        if each.kind != "file_url":
            continue
        kept, name = form.get(f"kept-{each.key}", ""), form.get(f"named-{each.key}", "")
        if kept and name and not typed[each.key].strip() and f"dropped-{each.key}" not in form:
            typed[each.key], named[each.key] = kept, name
        chosen = files.get(f"file-{each.key}") if files else None
        if chosen is not None and chosen.filename:
            try:
                typed[each.key] = _hand_on(chosen, skyvern, actor)
                named[each.key] = str(chosen.filename)[-200:]
            except SkyvernError as error:
                wrong[each.key] = f"The file was not uploaded: {error.sentence}"
            except ValueError as error:
                wrong[each.key] = str(error)
    return typed, named, wrong


def _hand_on(chosen: Any, skyvern: Skyvern, actor: Actor) -> str:
    size = chosen.stream.seek(0, os.SEEK_END)
    chosen.stream.seek(0)
    if size > MOST_UPLOAD_BYTES:
        raise ValueError(TOO_LARGE)
    if size == 0:
        raise ValueError(EMPTY)
    media_type = chosen.mimetype if chosen.mimetype.isascii() and chosen.mimetype.isprintable() else ""
    return upload(skyvern, str(chosen.filename), media_type or "application/octet-stream", chosen.stream, size, actor)
