"""Names in the Python of a code block: the parameters and outputs it is given stand in it as variables."""

from __future__ import annotations

import io
import re
import tokenize

_FIELD = re.compile(r"\{(?!\{)[^{}]*\}")


def renamed_in_code(code: str, names: dict[str, str]) -> str:
    """The code with these variables written anew: not as attributes, as names of arguments or in plain strings, but
    in the fields of f-strings. Code that is not Python is left as it is, but for outputs, whose names are no words."""
    if not any(name in code for name in names):
        return code
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(code).readline))
    except (SyntaxError, tokenize.TokenError, ValueError):
        outputs = {old: new for old, new in names.items() if old.endswith("_output")}
        return _written_anew(code, outputs)
    starts = _starts_of_lines(code)
    made: list[str] = []
    at = 0
    for index, token in enumerate(tokens):
        text = _anew(tokens, index, names)
        if text == token.string:
            continue
        begin = starts[token.start[0] - 1] + token.start[1]
        made += [code[at:begin], text]
        at = begin + len(token.string)
    return "".join([*made, code[at:]])


def _anew(tokens: list[tokenize.TokenInfo], index: int, names: dict[str, str]) -> str:
    token = tokens[index]
    if token.type == tokenize.STRING and "f" in token.string[:3].lower().split("'")[0].split('"')[0]:
        return _FIELD.sub(lambda found: _written_anew(found.group(), names), token.string)
    if token.type != tokenize.NAME or token.string not in names:
        return token.string
    before = tokens[index - 1].string if index else ""
    after = tokens[index + 1].string if index + 1 < len(tokens) else ""
    if before == "." or (after == "=" and before in ("(", ",")):
        return token.string
    return names[token.string]


def _written_anew(text: str, names: dict[str, str]) -> str:
    for old, new in names.items():
        text = new.join(re.split(rf"(?<![\w.'\"]){re.escape(old)}(?![\w'\"])", text))
    return text


def _starts_of_lines(code: str) -> list[int]:
    starts = [0]
    for line in io.StringIO(code, newline=""):
        starts.append(starts[-1] + len(line))
    return starts
