"""How a call that answers JSON travels: one connection, one deadline, errors translated once.

Nothing is retried but one GET on a connection that Skyvern had closed; redirects are not followed; the
environment's proxies and .netrc are not read.
"""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ProtocolError

from . import errors
from .connection import Connection

CONNECT_SECONDS, READ_SECONDS, CREATE_SECONDS = 5.0, 30.0, 60.0
MAX_BYTES = 16 * 1024 * 1024
USER_AGENT = "skyvern-ui"


class Transport:
    """One Skyvern, as reached by one connection. Cheap to make; its sockets are shared by the process."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def _rows(self, path: str, params: list[tuple[str, str]] | None = None) -> list[dict[str, Any]]:
        found = self._call("GET", path, params=params)
        return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []

    def _object(self, method: str, path: str, body: Any = None, seconds: float = READ_SECONDS) -> dict[str, Any]:
        found = self._call(method, path, body, seconds=seconds)
        if not isinstance(found, dict):
            raise errors.Failed("Skyvern answered with something other than the object it promises.")
        return found

    def _call(self, method: str, path: str, body: Any = None, *, params: list[tuple[str, str]] | None = None,
              seconds: float = READ_SECONDS, keyed: bool = True, text: bool = False,
              more: dict[str, str] | None = None, stream: Any = None) -> Any:
        headers = {"x-user-agent": USER_AGENT, "accept": "application/json", **(more or {})}
        if keyed:
            headers["x-api-key"] = self.connection.key
        deadline = time.monotonic() + seconds
        ask = {"params": params, "json": body, "data": stream, "headers": headers, "stream": True,
               "allow_redirects": False, "timeout": (CONNECT_SECONDS, seconds)}
        try:
            try:
                response, content = _exchange(method, self.connection.url + path, deadline, ask)
            except requests.ConnectionError as error:
                if method != "GET" or not _was_reset(error):
                    raise
                response, content = _exchange(method, self.connection.url + path, deadline, ask)
        except requests.ConnectTimeout as error:
            raise errors.Unreachable from error
        except requests.Timeout as error:
            raise errors.TimedOut from error
        except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError) as error:
            raise errors.Broken from error
        except requests.ConnectionError as error:
            if _was_reset(error):
                raise errors.Broken from error
            raise (errors.TimedOut if "timed out" in str(error) else errors.Unreachable) from error
        except (requests.RequestException, ValueError) as error:  # ValueError: a Location that is no address
            raise errors.Unreachable from error
        if self.connection.key and keyed and self.connection.key.encode() in content:
            raise errors.Leaked
        return _understand(response, content, text)


def detail_of(payload: Any) -> str | None:
    """Skyvern's own words in an error answer: `detail` (text, list or object), then `error` (api 7.1)."""
    if not isinstance(payload, dict):
        return None
    detail = payload.get("detail") or payload.get("error") or payload.get("message")
    if isinstance(detail, list):
        said = [f"{'.'.join(str(p) for p in d.get('loc', ())[1:])}: {d.get('msg')}".lstrip(": ")
                for d in detail if isinstance(d, dict)]
        return "; ".join(said)[:1000] or None
    if isinstance(detail, dict):
        detail = detail.get("message") or detail.get("code")
    return str(detail)[:1000] if detail else None


def error_for(status: int, payload: Any) -> errors.SkyvernError:
    """The error that a status and a decoded body stand for (api 1.1, 7)."""
    detail = detail_of(payload)
    if status in (401, 403):
        return errors.Refused(upstream_status=status)
    if status == 404 and detail == "Organization not found":
        return errors.Refused(upstream_status=status)
    if status == 404:
        return errors.Missing(None if detail in (None, "Not Found") else detail)
    if 400 <= status < 500:
        return errors.Rejected(detail, status)
    if 300 <= status < 400:
        return errors.Redirected()
    return errors.Failed(detail, status)


_local = threading.Lock()
_shared: requests.Session | None = None


def _session() -> requests.Session:
    global _shared
    with _local:
        if _shared is None:
            session = requests.Session()
            session.trust_env = False
            for scheme in ("http://", "https://"):
                session.mount(scheme, HTTPAdapter(pool_maxsize=32, max_retries=0, pool_block=False))
            _shared = session
        return _shared


def _exchange(method: str, url: str, deadline: float, ask: dict[str, Any]) -> tuple[requests.Response, bytes]:
    with _session().request(method, url, **ask) as response:
        return response, _read(response, deadline)


def _was_reset(error: requests.ConnectionError) -> bool:
    """True when a connection broke that had been made: Skyvern drops idle ones, and we may write into that."""
    return bool(error.args) and isinstance(error.args[0], ProtocolError)


def _read(response: requests.Response, deadline: float) -> bytes:
    parts, size = [], 0
    for part in response.iter_content(65_536):
        size += len(part)
        if size > MAX_BYTES:
            raise errors.Failed("Skyvern's answer is larger than a page can show (16 MiB).")
        if time.monotonic() > deadline:
            raise errors.TimedOut
        parts.append(part)
    return b"".join(parts)


def _understand(response: requests.Response, content: bytes, text: bool) -> Any:
    status = response.status_code
    try:
        payload = json.loads(content) if content and not (text and status < 300) else None
    except (ValueError, RecursionError):
        payload = None
        if status < 300 and not text:
            raise errors.Failed("This address answers, but not as Skyvern does.") from None
    if status >= 300:
        error = error_for(status, payload)
        wait = response.headers.get("retry-after", "")
        if isinstance(error, errors.Answered) and wait.isascii() and wait.isdecimal():
            error.retry_after = min(int(wait[:6]), 3600)
        raise error
    return content.decode("utf-8", "replace") if text else payload
