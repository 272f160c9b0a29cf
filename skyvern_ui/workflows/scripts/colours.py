"""Python in colours, by the standard library's own tokenizer: lines of (kind, text)."""

from __future__ import annotations

import io
import keyword
import tokenize

LONGEST = 40_000  # letters; longer code stays plain, so that nobody waits for its colours
KINDS = {tokenize.STRING: "string", tokenize.COMMENT: "comment", tokenize.NUMBER: "number"}
Piece = tuple[str, str]


def coloured(text: str) -> list[list[Piece]]:
    """Each line as pieces of kind "keyword", "string", "comment", "number" or "". What is no Python stays plain;
    nothing of the text is lost. Never raises."""
    lines = text.splitlines()
    marks: list[tuple[int, int, int, str]] = []
    if len(text) <= LONGEST:
        try:
            for token in tokenize.generate_tokens(io.StringIO("\n".join(lines) + "\n").readline):
                kind = KINDS.get(token.type, "keyword" if token.type == tokenize.NAME and
                                 keyword.iskeyword(token.string) else "")
                if kind:
                    marks += _spans(token, kind)
        except (tokenize.TokenError, SyntaxError, ValueError):
            pass  # what was read so far keeps its colours
    by_line: dict[int, list[tuple[int, int, str]]] = {}
    for row, begin, end, kind in marks:
        by_line.setdefault(row, []).append((begin, end, kind))
    return [_pieces(line, by_line.get(number, [])) for number, line in enumerate(lines, 1)]


def _spans(token: tokenize.TokenInfo, kind: str) -> list[tuple[int, int, int, str]]:
    """(line, begin, end, kind) of a token; one over several lines is one each."""
    (first, begin), (last, end) = token.start, token.end
    return [(row, begin if row == first else 0, end if row == last else -1, kind) for row in range(first, last + 1)]


def _pieces(line: str, spans: list[tuple[int, int, str]]) -> list[Piece]:
    found: list[Piece] = []
    at = 0
    for begin, end, kind in sorted(spans):
        end = len(line) if end < 0 else end
        if begin > at:
            found.append(("", line[at:begin]))
        found.append((kind, line[max(at, begin):end]))
        at = max(at, end)
    return [*found, ("", line[at:])] if at < len(line) else found
