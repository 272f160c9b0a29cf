"""One request to a model's server: our own headers, one key, one deadline, and what came back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from ...config import Settings
from ...diagnosis.diagnosis import Reply
from ...proxy.pools import Pools
from ...relay.answer import Answer
from ...relay.key_scan import KeyScan, Secrets
from ...skyvern.connection import Connection
from ...skyvern.errors import Broken, SkyvernError
from ..byok.reaching import open_direct
from .bodies import Kind
from .credentials import Credential

MOST_BYTES, MOST_SAID = 64 * 1024 * 1024, 65_536


class Unanswered(Exception):
    """No answer came. `error` says why, `was_sent` whether all of the request had gone out by then."""

    def __init__(self, error: SkyvernError, was_sent: bool) -> None:
        super().__init__(str(error))
        self.error, self.was_sent = error, was_sent


@dataclass(slots=True)
class Sent:
    """An answer that has begun. `next` gives its bytes scanned for our key, `b""` at the end."""

    answer: Answer
    scan: KeyScan
    kind: Kind
    host: str
    size: int = 0

    @property
    def status(self) -> int:
        return self.answer.status

    @property
    def is_stream(self) -> bool:
        return self.answer.header("content-type").partition(";")[0].strip().lower() == "text/event-stream"

    def next(self) -> bytes:
        """Raises Broken, TimedOut, Leaked."""
        while True:
            chunk = self.answer.next_chunk()
            self.size += len(chunk)
            if self.size > MOST_BYTES:
                self.answer.close()
                raise Broken
            clean = self.scan.feed(chunk) if chunk else self.scan.end()
            if clean or not chunk:
                return clean

    def whole(self) -> bytes:
        """All of it. Raises Broken, TimedOut, Leaked."""
        parts = []
        while piece := self.next():
            parts.append(piece)
        return b"".join(parts)

    def said(self) -> Reply:
        """The beginning of an answer that is not good news, unscanned: it is scrubbed before anybody sees it."""
        body = b""
        try:
            while len(body) < MOST_SAID and (chunk := self.answer.next_chunk()):
                body += chunk
        except SkyvernError:
            pass  # what came of it must do
        finally:
            self.close()
        return self.reply(self.status, body)

    def reply(self, status: int | None, body: bytes) -> Reply:
        """These bytes as the table of errors reads them."""
        return Reply(status, body[:MOST_SAID], dict(reversed(self.answer.headers)), self.host, asked=self.kind.name)

    def close(self) -> None:
        self.answer.close()


class _Noted:
    """The body, and whether all of it was handed over."""

    def __init__(self, body: bytes) -> None:
        self._body, self.was_sent = body, False

    def __iter__(self) -> Iterator[bytes]:
        yield self._body
        self.was_sent = True


def send(pools: Pools, settings: Settings, credential: Credential, kind: Kind, body: bytes, request_id: str) -> Sent:
    """Sends it once. The client's leaving does not end it, because what was begun is paid for. Raises Unanswered."""
    upstream = credential.upstream
    there, noted = Connection(upstream.base, upstream.key), _Noted(body)
    headers = [("content-type", "application/json"), ("content-length", str(len(body))), ("x-request-id", request_id),
               ("accept", "text/event-stream, application/json")]
    if upstream.key:
        headers.append(("authorization", f"Bearer {upstream.key}"))
    seconds = float(settings.llm_seconds)
    try:
        if credential.byok:
            answer = open_direct(settings, upstream.base, "POST", kind.path, headers, noted, seconds=seconds)
        else:
            own = [("host", there.authority), ("accept-encoding", "identity"), ("user-agent", "skyvern-ui"), *headers]
            answer = pools.of(there).open("POST", there.path + kind.path, own, noted, first_byte=seconds, total=seconds)
    except SkyvernError as error:
        raise Unanswered(error, noted.was_sent) from error
    return Sent(answer, KeyScan(_spellings(upstream.key)), kind, upstream.host)


@lru_cache(64)
def _spellings(key: str) -> Secrets:
    return Secrets([key.encode()] if key else [])
