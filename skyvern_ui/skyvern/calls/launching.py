"""Starting a workflow with files, and in one of its earlier versions."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Protocol

from .. import errors
from ..transport import CREATE_SECONDS, Transport
from ..values import Run, RunRow
from ..values.reading import read_text

UPLOAD_SECONDS = 300.0
OLDER_NAMES = {"parameters": "data", "webhook_url": "webhook_callback_url", "totp_url": "totp_verification_url"}
NOT_THERE = ("workflow_id", "title", "file_ids")


class Readable(Protocol):
    """A file that was opened for reading bytes."""

    def read(self, size: int, /) -> bytes: ...


class LaunchCalls(Transport):
    """Files for a run, and runs of one version."""

    def run_version(self, wpid: str, version: int, body: dict[str, object]) -> Run:
        """`POST /api/v1/workflows/{wpid}/run?version=` (all releases), the only route that runs a version other than
        the newest (api 3.5). `body` is that of `POST /v1/run/workflows`. Sent once. The run knows only its id."""
        sent = {OLDER_NAMES.get(name, name): value for name, value in body.items() if name not in NOT_THERE}
        path = f"/api/v1/workflows/{wpid}/run?version={version}"
        return Run.from_json(self._object("POST", path, sent, CREATE_SECONDS))

    def list_every_run_of_workflow(self, wpid: str, page: int, size: int) -> list[RunRow]:
        """`GET /api/v1/workflows/{wpid}/runs` (all releases), newest first: also those that other runs started (api
        3.6)."""
        found = self._rows(f"/api/v1/workflows/{wpid}/runs", [("page", str(page)), ("page_size", str(size))])
        return [RunRow.from_json(each) for each in found]

    def upload_file(self, name: str, media_type: str, file: Readable, size: int) -> tuple[str, str | None]:
        """`POST /api/v1/upload_file` (all releases): (where it lies, its id), `file` being read piece by piece and
        `size` bytes long (api 4.6). Sent once. What it says of where it lies is for Skyvern alone."""
        body = Multipart(name, media_type, file, size)
        found = self._call("POST", "/api/v1/upload_file", stream=body, seconds=UPLOAD_SECONDS,
                           more={"content-type": f"multipart/form-data; boundary={body.boundary}"})
        where = read_text(found, "s3_uri") if isinstance(found, dict) else None
        if where is None:
            raise errors.Failed("Skyvern took the file and did not say where it is.")
        return where, read_text(found, "file_id")


class Multipart:
    """One file as a form would send it (RFC 7578), of known length and never whole in memory."""

    def __init__(self, name: str, media_type: str, file: Readable, size: int) -> None:
        self.boundary = secrets.token_hex(16)
        plain = "".join(letter if letter.isprintable() and letter not in '"\\' else "_" for letter in name)[-200:]
        head = (f'--{self.boundary}\r\nContent-Disposition: form-data; name="file"; filename="{plain}"\r\n'
                f"Content-Type: {media_type}\r\n\r\n")
        self._parts: list[Callable[[int], bytes]] = []
        self._length = 0
        for text in (head.encode("utf-8", "replace"), None, f"\r\n--{self.boundary}--\r\n".encode()):
            self._parts.append(file.read if text is None else _reader(text))
            self._length += size if text is None else len(text)

    def __len__(self) -> int:
        return self._length

    def read(self, size: int = 65536) -> bytes:
        while self._parts:
            if piece := self._parts[0](min(size, 65536) if size > 0 else 65536):
                return piece
            self._parts.pop(0)
        return b""


def _reader(text: bytes) -> Callable[[int], bytes]:
    left = [text]

    def read(size: int) -> bytes:
        piece, left[0] = left[0][:size], left[0][size:]
        return piece

    return read
