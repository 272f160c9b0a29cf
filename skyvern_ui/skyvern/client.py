"""Calls to Skyvern that answer JSON: one method, one call, one line. Bytes and sockets go through `relay`.

Nothing is retried but one GET on a connection that Skyvern had closed; redirects are not followed; the
environment's proxies and .netrc are not read. Every method raises the tree of `errors.py`.
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ProtocolError

from . import errors
from .connection import Connection
from .values import Artifact, BrowserSession, Run, RunRow, TimelineItem, Workflow

CONNECT_SECONDS, READ_SECONDS, CREATE_SECONDS = 5.0, 30.0, 60.0
MAX_BYTES = 16 * 1024 * 1024
USER_AGENT = "skyvern-ui"


class Skyvern:
    """One Skyvern, as reached by one connection. Cheap to make; its sockets are shared by the process."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def get_heartbeat(self) -> str:
        """`GET /api/v1/heartbeat`: the text it answers. Needs no key (api 1.5)."""
        return str(self._call("GET", "/api/v1/heartbeat", keyed=False, text=True))

    def get_version(self) -> str | None:
        """`GET /api/v1/version`: a version or commit; None where the release does not know (api 1.5)."""
        try:
            version = self._call("GET", "/api/v1/version", keyed=False).get("version")
        except (errors.Missing, errors.Rejected, AttributeError):
            return None
        return None if version in (None, "", "unknown", "development") else str(version)

    def list_organizations(self) -> list[dict[str, Any]]:
        """`GET /api/v1/organizations`: the probe that tells whether the key is good (api 1.1)."""
        found = self._call("GET", "/api/v1/organizations")
        return list(found.get("organizations") or []) if isinstance(found, dict) else []

    def list_runs(self, params: list[tuple[str, str]]) -> list[RunRow]:
        """`GET /v1/runs` (since 1.0.29), newest first (api 2.4)."""
        return [RunRow.from_json(row) for row in self._rows("/v1/runs", params)]

    def get_run(self, run_id: str) -> Run:
        """`GET /v1/runs/{id}`, any kind of run (api 2.4)."""
        return Run.from_json(self._object("GET", f"/v1/runs/{run_id}"))

    def with_inner_run(self, run: Run) -> Run:
        """A task v2 with the id of the hidden workflow run that holds its browser (`GET /api/v2/tasks/{id}`, api
        2.6); any other run as it is. Raises nothing: without the id there is no live picture, that is all."""
        if not run.run_id.startswith("tsk_v2_") or run.raw.get("workflow_run_id"):
            return run
        try:
            inner = self._object("GET", f"/api/v2/tasks/{run.run_id}").get("workflow_run_id")
        except errors.SkyvernError:
            return run
        return replace(run, raw={**run.raw, "workflow_run_id": inner})

    def run_task(self, body: dict[str, Any]) -> Run:
        """`POST /v1/run/tasks` (api 2.3). Sent once."""
        return Run.from_json(self._object("POST", "/v1/run/tasks", body, CREATE_SECONDS))

    def run_workflow(self, body: dict[str, Any]) -> Run:
        """`POST /v1/run/workflows` (api 3.5). Sent once."""
        return Run.from_json(self._object("POST", "/v1/run/workflows", body, CREATE_SECONDS))

    def cancel_run(self, run_id: str) -> None:
        """`POST /v1/runs/{id}/cancel` (api 2.4). Sent once."""
        self._call("POST", f"/v1/runs/{run_id}/cancel", {})

    def list_artifacts(self, run_id: str) -> list[Artifact]:
        """`GET /v1/runs/{id}/artifacts` (since 0.2.3)."""
        return [Artifact.from_json(a) for a in self._rows(f"/v1/runs/{run_id}/artifacts")]

    def get_artifact(self, artifact_id: str) -> Artifact:
        """`GET /v1/artifacts/{id}` (api 6.1)."""
        return Artifact.from_json(self._object("GET", f"/v1/artifacts/{artifact_id}"))

    def has_bytes(self, artifact_id: str) -> bool:
        """Whether an artifact's content is there: a recording is listed before it is written (`GET
        /v1/artifacts/{id}/content` of its first byte, api 6.3). Raises nothing."""
        try:
            path = f"/v1/artifacts/{artifact_id}/content"
            return bool(self._call("GET", path, text=True, more={"range": "bytes=0-0"}))
        except errors.SkyvernError:
            return False

    def get_timeline(self, run_id: str) -> list[TimelineItem]:
        """`GET /v1/runs/{id}/timeline` for workflow runs and task v2, oldest first (api 2.4)."""
        return [TimelineItem.from_json(i) for i in reversed(self._rows(f"/v1/runs/{run_id}/timeline"))]

    def list_task_actions(self, task_id: str) -> list[TimelineItem]:
        """`GET /api/v1/tasks/{id}/actions`: what a task v1 did, oldest first (api 2.5)."""
        rows = sorted(self._rows(f"/api/v1/tasks/{task_id}/actions"), key=lambda a: str(a.get("created_at") or ""))
        return [TimelineItem.from_action(a) for a in rows]

    def list_workflows(self, params: list[tuple[str, str]]) -> list[Workflow]:
        """`GET /v1/workflows`, the last changed first (api 3.1)."""
        return [Workflow.from_json(w) for w in self._rows("/v1/workflows", params)]

    def list_browser_sessions(self) -> list[BrowserSession]:
        """`GET /v1/browser_sessions`: the ones that live (api 4.4)."""
        return [BrowserSession.from_json(s) for s in self._rows("/v1/browser_sessions")]

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
              more: dict[str, str] | None = None) -> Any:
        headers = {"x-user-agent": USER_AGENT, "accept": "application/json", **(more or {})}
        if keyed:
            headers["x-api-key"] = self.connection.key
        deadline = time.monotonic() + seconds
        ask = {"params": params, "json": body, "headers": headers, "stream": True, "allow_redirects": False,
               "timeout": (CONNECT_SECONDS, seconds)}
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
        except (requests.RequestException, UnicodeError) as error:
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
        payload = json.loads(content) if content else None
    except (ValueError, RecursionError):
        payload = None
        if status < 300 and not text:
            raise errors.Failed("This address answers, but not as Skyvern does.") from None
    if status >= 300:
        raise error_for(status, payload)
    return content.decode("utf-8", "replace") if text else payload
