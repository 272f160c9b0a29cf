"""Many workflows as one ZIP, made while it is sent: never whole in memory."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ...skyvern.client import Skyvern
from ...skyvern.errors import SkyvernError
from .files import content, file_name

Write = Callable[[dict[str, Any], str], bytes]


class _Pipe(io.RawIOBase):
    """What a ZIP is written into: it forgets what was taken, and cannot be wound back."""

    def __init__(self) -> None:
        self.held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.held += data
        return len(data)

    def taken(self) -> bytes:
        found, self.held = bytes(self.held), bytearray()
        return found


def zipped(skyvern: Skyvern, wpids: Iterable[str], write: Write = content) -> Iterator[bytes]:
    """The bytes of a ZIP with a YAML file for each. What cannot be read is named in `left-out.txt` in it. `write` makes
    a file's bytes; it may take a while."""
    pipe, lost = _Pipe(), []
    names: set[str] = set()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for wpid in wpids:
            try:
                read = skyvern.get_workflow(wpid)
            except SkyvernError as error:
                lost.append(f"{wpid}: {error.sentence}\n")
                continue
            name = file_name(read)
            if name not in names:
                names.add(name)
                archive.writestr(name, write(read, "yaml"))
            yield pipe.taken()
        if lost:
            archive.writestr("left-out.txt", "".join(lost))
    yield pipe.taken()
