"""An HTTP/1.1 request head as bytes: the target unchanged, nothing added but what framing needs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from skyvern_ui.skyvern.errors import Departed

Headers = Iterable[tuple[str, str]]
Payload = bytes | Iterable[bytes] | None

_TARGET = re.compile(r"/[!-~]*")
_METHOD = re.compile(r"[A-Z]{1,16}")
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(r"[\t -~\x80-\xff]*")
_BODILESS = frozenset({"GET", "HEAD", "DELETE"})


def request_head(method: str, target: str, headers: Headers, body: Payload) -> tuple[bytes, int | None]:
    """The head, and the body's declared length (None when it goes out in chunks).

    `headers` must hold `host`. A bytes body declares its own length, a streamed one the `content-length`
    of `headers` or none. Raises ValueError for anything that could not be read back unchanged (RFC 9112 3, 5).
    """
    if _METHOD.fullmatch(method) is None or _TARGET.fullmatch(target) is None:
        raise ValueError("not a request line")
    lines = [f"{method} {target} HTTP/1.1\r\n"]
    declared: int | None = None
    for name, value in headers:
        if _NAME.fullmatch(name) is None or _VALUE.fullmatch(value) is None:
            raise ValueError("not a header")
        if name.lower() == "content-length":
            declared = int(value)
            continue
        lines.append(f"{name}: {value}\r\n")
    if body is None or isinstance(body, bytes):
        declared = len(body or b"")
        if declared or method not in _BODILESS:
            lines.append(f"content-length: {declared}\r\n")
    elif declared is None:
        lines.append("transfer-encoding: chunked\r\n")
    else:
        lines.append(f"content-length: {declared}\r\n")
    lines.append("\r\n")
    return "".join(lines).encode("latin-1"), declared


def request_pieces(head: bytes, declared: int | None, body: Payload) -> Iterator[bytes]:
    """Head and body as they go on the wire. A body shorter or longer than declared raises `Departed`."""
    if body is None or isinstance(body, bytes):
        yield head + (body or b"")
        return
    yield head
    sent = 0
    for piece in body:
        sent += len(piece)
        if declared is None:
            if piece:
                yield b"%x\r\n%b\r\n" % (len(piece), piece)
        elif sent > declared:
            raise Departed("The request body did not match its declared length.")
        else:
            yield piece
    if declared is None:
        yield b"0\r\n\r\n"
    elif sent < declared:
        raise Departed
