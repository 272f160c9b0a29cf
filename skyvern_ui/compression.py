"""Pages leave compressed, in a way that their length gives nothing away.

Compression beside a secret lets whoever can add text to a page guess that secret by the length (BREACH). Here the
session cookie is not sent with requests of other sites, the form token is signed anew each second, and the length
itself is blurred: the file name in gzip's header is up to a hundred random bytes, as Django does it.
"""

from __future__ import annotations

import secrets
import struct
import zlib

from flask import Response, request

LEVEL = 6
WORTH_IT = 600
MOST_BLUR = 100
_NAMED = b"\x1f\x8b\x08\x08\0\0\0\0\x00\xff"
_LETTERS = bytes(range(97, 113))


def squeeze(response: Response) -> Response:
    """Compresses a page or fragment for a browser that takes gzip. Data and streams pass as they are."""
    if response.mimetype != "text/html" or response.is_streamed or "Content-Encoding" in response.headers:
        return response
    response.vary.add("Accept-Encoding")
    if request.accept_encodings["gzip"] > 0:
        page = response.get_data()
        if len(page) >= WORTH_IT:
            response.set_data(gzipped(page))
            response.headers["Content-Encoding"] = "gzip"
    return response


def gzipped(page: bytes) -> bytes:
    """The page as a gzip file (RFC 1952) whose name is noise of a random length."""
    noise = secrets.token_bytes(secrets.randbelow(MOST_BLUR + 1))
    name = bytes(_LETTERS[byte & 15] for byte in noise)
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = packer.compress(page) + packer.flush()
    return _NAMED + name + b"\0" + body + struct.pack("<II", zlib.crc32(page), len(page) & 0xFFFFFFFF)
