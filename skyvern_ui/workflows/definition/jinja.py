"""Jinja in the texts of a document: does it parse, which names does it use, and where do they stand.

Skyvern renders these texts with Jinja's own defaults and one filter more, `json`.
"""

from __future__ import annotations

import io
import tokenize
from functools import lru_cache

from jinja2 import Environment, TemplateSyntaxError, meta
from jinja2.lexer import Lexer

_environment = Environment(autoescape=False)  # noqa: S701 - it only parses; nothing is ever rendered here
_environment.filters["json"] = str
MOST_EXPRESSION = 8000  # characters between braces; a text with more is not looked into
LONGEST_KEPT = 8000  # a longer text is parsed again each time


def mistake(text: str) -> tuple[str, int] | None:
    """What is wrong with the Jinja in a text, and in which of its lines; None when it parses. Never raises."""
    if not ("{{" in text or "{%" in text or "{#" in text):
        return None
    return _kept_mistake(text) if len(text) <= LONGEST_KEPT else _mistake(text, False)


@lru_cache(maxsize=2048)
def _kept_mistake(text: str) -> tuple[str, int] | None:
    return _mistake(text, False)


def mistake_in_code(code: str) -> tuple[str, int] | None:
    """The same for the code of a code block: what stands in Python comments does not count, unknown filters do."""
    return _mistake(_without_comments(code), True)


def names_in(text: str) -> frozenset[str]:
    """The names that a text takes from outside; none when it does not parse."""
    if not has_jinja(text):
        return frozenset()
    return _kept_names(text) if len(text) <= LONGEST_KEPT else _names(text)


@lru_cache(maxsize=2048)
def _kept_names(text: str) -> frozenset[str]:
    return _names(text)


def _names(text: str) -> frozenset[str]:
    if _is_too_much(text):
        return frozenset()
    try:
        return frozenset(meta.find_undeclared_variables(_environment.parse(text)))
    except (TemplateSyntaxError, RecursionError, AssertionError, ValueError, OverflowError):
        return frozenset()


def has_jinja(text: str) -> bool:
    return "{{" in text or "{%" in text


def renamed_in(text: str, names: dict[str, str], labels: dict[str, str] | None = None) -> str:
    """The text with these names written anew wherever Jinja takes one from outside: never as an attribute, a keyword
    or filter, inside quotes, or in the words around; `labels` where it takes an output from `workflow_run_outputs`. A
    text that does not lex is left as it is."""
    labels = labels or {}
    if not has_jinja(text) or not any(name in text for name in (*names, *labels)):
        return text
    try:
        tokens = list(_lexer().tokeniter(text, None))
    except (TemplateSyntaxError, RecursionError):
        return text
    if "".join(value for _, _, value in tokens) != text:
        return _renamed_by_place(text, names, labels, tokens)
    return "".join(_new(tokens, at, names, labels) for at in range(len(tokens)))


def _new(tokens: list[tuple[int, str, str]], at: int, names: dict[str, str], labels: dict[str, str]) -> str:
    _, kind, value = tokens[at]
    if kind in ("name", "string") and value.strip("'\"") in labels and at > 1:
        sign, owner = _neighbour(tokens, at, -1), _neighbour(tokens, at, -1, 2)
        if owner == "workflow_run_outputs" and sign == (".", "[")[kind == "string"]:
            return value.replace(value.strip("'\""), labels[value.strip("'\"")])
    if kind != "name" or value not in names:
        return value
    before, after = _neighbour(tokens, at, -1), _neighbour(tokens, at, 1)
    if before in (".", "|") or (before == "is") or (after == "=" and before in ("(", ",")):
        return value
    return names[value]


def _neighbour(tokens: list[tuple[int, str, str]], at: int, step: int, count: int = 1) -> str:
    """The next token but for blanks, or the one `count` further, in that direction."""
    for _ in range(count):
        at += step
        while 0 <= at < len(tokens) and tokens[at][1] == "whitespace":
            at += step
    return tokens[at][2] if 0 <= at < len(tokens) else ""


def _renamed_by_place(text: str, names: dict[str, str], labels: dict[str, str],
                      tokens: list[tuple[int, str, str]]) -> str:
    """For texts from which the lexer leaves something out (line ends of one kind for another, stripped blanks)."""
    made: list[str] = []
    at = 0
    for index, (_, _, value) in enumerate(tokens):
        found = text.find(value, at) if value else at
        if found < 0:
            return text
        made += [text[at:found], _new(tokens, index, names, labels)]
        at = found + len(value)
    return "".join([*made, text[at:]])


@lru_cache(maxsize=1)
def _lexer() -> Lexer:
    return Lexer(_environment)


def _mistake(text: str, compiles: bool) -> tuple[str, int] | None:
    if not ("{{" in text or "{%" in text or "{#" in text) or _is_too_much(text):
        return None
    try:
        tree = _environment.parse(text)
        if compiles:
            _environment.compile(tree)
    except TemplateSyntaxError as error:
        return str(error.message or "it does not parse"), error.lineno or 1
    except (RecursionError, AssertionError, ValueError, OverflowError, SyntaxError):
        return None
    return None


def _is_too_much(text: str) -> bool:
    """Whether there is more between braces than is worth the time: Jinja takes microseconds for each sign of it."""
    length, at = 0, text.find("{")
    while at >= 0 and length <= MOST_EXPRESSION:
        closing = {"{": "}}", "%": "%}"}.get(text[at + 1:at + 2])
        if closing is None:
            at = text.find("{", at + 1)
            continue
        end = text.find(closing, at)
        length += (end if end >= 0 else len(text)) - at
        at = text.find("{", end) if end >= 0 else -1
    return length > MOST_EXPRESSION


def _without_comments(code: str) -> str:
    try:
        comments = [token for token in tokenize.generate_tokens(io.StringIO(code).readline)
                    if token.type == tokenize.COMMENT]
    except (SyntaxError, tokenize.TokenError, ValueError):
        return code
    lines = code.splitlines(keepends=True)
    for token in reversed(comments):
        row = token.start[0] - 1
        if row < len(lines):
            lines[row] = lines[row][:token.start[1]] + "#" + lines[row][token.end[1]:]
    return "".join(lines)
