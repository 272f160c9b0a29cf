"""Files that somebody brought, as documents: YAML (several in one file), JSON or a ZIP of them, strictly bounded.

Nothing is unpacked to a disk. What is in a ZIP is counted while it is read; nested archives are not opened.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
import zlib
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ..definition.document import BadText, document_of, from_text
from .files import wpid_in

Json = dict[str, Any]
MOST_BYTES, MOST_DOCUMENTS, MOST_ENTRIES = 20 * 1024 * 1024, 200, 1000
LARGEST_TEXT, MOST_UNPACKED, MOST_RATIO, RATIO_FROM = 4 * 1024 * 1024, 64 * 1024 * 1024, 200, 512 * 1024
TEXTS = (".yaml", ".yml", ".json", ".txt")
PART = re.compile(r"^---(?=\s|$)", re.MULTILINE)
PIECE = 64 * 1024
MOST_PARTS, MOST_TROUBLES = 1000, 20  # of one file


@dataclass(frozen=True, slots=True)
class Found:
    """One document in a file. `wpid` is the workflow it is of, where file or name say so; `line` is where it begins."""

    file: str
    line: int
    document: Json
    wpid: str | None


@dataclass(frozen=True, slots=True)
class Trouble:
    """A file, or a part of one, that cannot be read, with the sentence that says why and the line where it is known."""

    file: str
    sentence: str
    line: int | None = None


class Unpacked(Exception):
    """A ZIP that is not opened any further; `str()` is the sentence."""


def read_files(files: list[tuple[str, bytes]]) -> tuple[list[Found], list[Trouble]]:
    """The documents in these files (name, bytes), at most 200, and what could not be read. Never raises."""
    found: list[Found] = []
    troubles: list[Trouble] = []
    for name, data in files:
        if data[:4] in (b"PK\x03\x04", b"PK\x05\x06") or name.lower().endswith(".zip"):
            _read_zip(name, data, found, troubles)
        else:
            _read_text(name, data, found, troubles)
    if len(found) > MOST_DOCUMENTS:
        troubles.append(Trouble(found[MOST_DOCUMENTS].file, f"At most {MOST_DOCUMENTS} workflows are imported at once; "
                                f"{len(found) - MOST_DOCUMENTS} more were left out, from here on."))
    return found[:MOST_DOCUMENTS], troubles


def _read_zip(name: str, data: bytes, found: list[Found], troubles: list[Trouble]) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir() and not _is_litter(entry.filename)]
            if len(entries) > MOST_ENTRIES:
                raise Unpacked(f"This ZIP holds {len(entries)} files; at most {MOST_ENTRIES} are looked at.")
            if any(entry.flag_bits & 0x1 for entry in entries):
                raise Unpacked("This ZIP is encrypted. Send it without a password.")
            left = MOST_UNPACKED
            for entry in entries:
                where = f"{name}/{_short(entry.filename)}"
                if not entry.filename.lower().endswith(TEXTS[:3]):
                    if entry.filename != "left-out.txt":
                        troubles.append(Trouble(where, "Only .yaml, .yml and .json are read; this was left out."))
                    continue
                text = _unpack(archive, entry, left)
                left -= len(text)
                _read_text(where, text, found, troubles)
    except Unpacked as error:
        troubles.append(Trouble(name, str(error)))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError):
        troubles.append(Trouble(name, "This ZIP is damaged, or packed in a way that is not understood."))


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> bytes:
    """One entry, counted while it is read: what it says of its own size is not believed."""
    parts, size = [], 0
    with archive.open(entry) as stream:
        while part := stream.read(PIECE):
            size += len(part)
            if size > min(LARGEST_TEXT, left):
                raise Unpacked(f"{_short(entry.filename)} in this ZIP is too large when it is unpacked.")
            if size > RATIO_FROM and size > MOST_RATIO * max(entry.compress_size, 1):
                raise Unpacked(f"{_short(entry.filename)} in this ZIP grows beyond measure; it was read no further.")
            parts.append(part)
    return b"".join(parts)


def _read_text(name: str, data: bytes, found: list[Found], troubles: list[Trouble]) -> None:
    if len(data) > LARGEST_TEXT:
        troubles.append(Trouble(name, f"This file is larger than {LARGEST_TEXT // 1024 // 1024} MB."))
        return
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        troubles.append(Trouble(name, "This is no text in UTF-8."))
        return
    before = len(found), len(troubles)
    for line, part in _parts(text):
        if len(found) > 2 * MOST_DOCUMENTS:
            return
        try:
            document = from_text(part)
        except BadText as error:
            troubles.append(Trouble(name, error.sentence, line + error.line - 1 if error.line else None))
            if len(troubles) - before[1] >= MOST_TROUBLES:
                troubles.append(Trouble(name, "So much of this file cannot be read that it was read no further."))
                return
            continue
        found.append(_found(name, line, document))
    if before == (len(found), len(troubles)):
        troubles.append(Trouble(name, "There is no workflow in this file."))


def _parts(text: str) -> list[tuple[int, str]]:
    """The documents of one text with the line at which each begins."""
    if text.lstrip()[:1] in ("{", "["):
        return _json_parts(text)
    starts = [0, *(match.start() for match in islice(PART.finditer(text), MOST_PARTS)), len(text)]
    parts, line = [], 0
    for start, end in zip(starts, starts[1:], strict=False):
        part, before = text[start:end], line
        line += part.count("\n")
        if any(each.strip() and not each.lstrip().startswith(("#", "---", "...", "%"))
               or each.startswith("--- ") and each[4:].strip() for each in part.split("\n")):
            parts.append((before + 1, part))
    return parts


def _json_parts(text: str) -> list[tuple[int, str]]:
    """A list of workflows as several documents, and what an API call wraps them in taken off; one alone as it is."""
    try:
        found = json.loads(text)
        json.dumps(found, allow_nan=False)
    except (ValueError, RecursionError):
        return [(1, text)]
    if isinstance(found, dict):
        if isinstance(found.get("yaml_definition"), str):
            return _parts(found["yaml_definition"])
        return [(1, json.dumps(found["json_definition"]) if "json_definition" in found else text)]
    if isinstance(found, list) and found and all(isinstance(each, dict) for each in found):
        return [(1, json.dumps(each)) for each in found[:MOST_PARTS]]
    return [(1, text)]


def _found(name: str, line: int, document: Json) -> Found:
    """As it is sent to Skyvern: what Skyvern reads out is converted."""
    wpid = document.get("workflow_permanent_id")
    if "workflow_permanent_id" in document or "workflow_id" in document:
        document = document_of(document)
    if not str(document.get("title") or "").strip():
        document = {**document, "title": name.rsplit("/", 1)[-1].rsplit(".", 1)[0][:200] or "Untitled workflow"}
    return Found(name, line, document, wpid if isinstance(wpid, str) else wpid_in(name))


def _is_litter(name: str) -> bool:
    return name.startswith("__MACOSX/") or name.rsplit("/", 1)[-1].startswith(".")


def _short(name: str) -> str:
    return "".join(each if each.isprintable() else "?" for each in name[-80:])
