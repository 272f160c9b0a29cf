"""How a document lies in the database: JSON, packed."""

from __future__ import annotations

import json
import zlib
from typing import Any

Json = dict[str, Any]
LARGEST = 4 * 1024 * 1024  # bytes of JSON; Skyvern's own list of versions would not be read any more


class TooLarge(Exception):
    """The document has more than LARGEST bytes. `str()` is a sentence for the person."""

    def __init__(self) -> None:
        super().__init__(f"This workflow would be larger than {LARGEST // 1024 // 1024} MB. Nothing was changed.")


def packed(document: Json) -> bytes:
    """The document as it is kept; the order of its keys stays. Raises TooLarge."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    if len(text) > LARGEST:
        raise TooLarge
    return zlib.compress(text, 3)


def unpacked(held: bytes) -> Json:
    """The document again."""
    return json.loads(zlib.decompress(held).decode("utf-8", "surrogatepass"))  # type: ignore[no-any-return]
