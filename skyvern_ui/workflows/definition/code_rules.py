"""What Skyvern refuses of code blocks, and code that is not Python."""

from __future__ import annotations

import ast
import textwrap
import unicodedata
from functools import lru_cache
from typing import Any

from .jinja import has_jinja, mistake_in_code
from .problem import Place

Json = dict[str, Any]
MOST_CODES, LONGEST_CODE, LONGEST_SENTENCE, MOST_BYTES = 64, 128, 2000, 32768
LONGEST = 100_000  # characters of code that are parsed


def judge_code(place: Place, block: Json) -> None:
    """Code, error codes, and the two keys that only other blocks may have."""
    if "error_code" in block:
        place.stop("error_code", "Code blocks take no “error_code”; use the error codes.")
    if "parameters" in block:
        place.stop("parameters", "Code blocks take no “parameters”; use “parameter_keys”.")
    _judge_codes(place, block.get("error_code_mapping"))
    code = block.get("code")
    if not isinstance(code, str) or len(code) > LONGEST:
        return
    wrong = mistake_in_code(code)
    if wrong is not None:
        place.stop("code", f"The braces in line {wrong[1]} do not work out: {wrong[0][:80]}")
    elif not has_jinja(code):
        found = _mistake(code)
        if found is not None:
            place.warn("code", f"This is not Python: {found[0]}, in line {found[1]}.")


def _judge_codes(place: Place, mapping: Any) -> None:
    if not isinstance(mapping, dict):
        return
    if len(mapping) > MOST_CODES:
        place.stop("error_code_mapping", f"There can be {MOST_CODES} error codes at most.")
    for code, sentence in mapping.items():
        if not isinstance(sentence, str):
            return  # said already: it must be text
        if not code or code != code.strip() or len(code) > LONGEST_CODE or _has_control(code):
            place.stop("error_code_mapping", f"An error code has 1 to {LONGEST_CODE} characters and no blanks at its "
                       "ends.")
            return
        if (not sentence or sentence != sentence.strip() or len(sentence) > LONGEST_SENTENCE
                or _has_control(sentence)):
            place.stop("error_code_mapping", f"The sentence for {code} must have 1 to {LONGEST_SENTENCE} characters in "
                       "one line, with no blanks at its ends.")
            return
    if sum(len(each.encode("utf-8", "replace")) for pair in mapping.items() for each in pair) > MOST_BYTES:
        place.stop("error_code_mapping", "The error codes and their sentences are longer than 32 KiB together.")


def _has_control(text: str) -> bool:
    return any(unicodedata.category(sign).startswith("C") for sign in text)


def _mistake(code: str) -> tuple[str, int] | None:
    return _kept(code) if len(code) <= 8000 else _parsed(code)


@lru_cache(maxsize=512)
def _kept(code: str) -> tuple[str, int] | None:
    return _parsed(code)


def _parsed(code: str) -> tuple[str, int] | None:
    try:
        ast.parse(textwrap.dedent(code))
    except SyntaxError as error:
        if "invalid escape" in (error.msg or ""):
            return None  # a warning, where warnings are errors
        return error.msg or "it does not parse", error.lineno or 1
    except (ValueError, RecursionError, MemoryError):
        return "it cannot be read", 1
    return None
