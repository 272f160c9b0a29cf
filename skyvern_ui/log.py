"""Logs: JSON lines on stdout, every value cleaned and every secret-looking one masked before it is written."""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any

import structlog
from flask import Flask, Response, g, request

from .config import Settings
from .metrics import REQUEST_SECONDS

SECRET_NAME = re.compile(r"pass|secret|token|key|authori[sz]ation|cookie|signature", re.I)
SECRET_TEXT = re.compile(
    r"(?i)((?:api_?key|token|sig|signature|password)=|/(?:password|shared|echo)/)[^&\s\"']+|eyJ[\w-]{8,}(?:\.[\w-]+)*"
)
SECONDS_OF = {kind: REQUEST_SECONDS.labels(kind) for kind in ("static", "api", "page")}


def configure(settings: Settings) -> None:
    """One format for our own lines and for those of the libraries."""
    steps: list[Any] = [structlog.stdlib.add_log_level, structlog.processors.TimeStamper("iso", utc=True),
                        structlog.processors.format_exc_info, mask]
    structlog.configure(
        processors=[*steps, structlog.processors.JSONRenderer(sort_keys=False)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(sys.stdout), cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name, *steps],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.JSONRenderer(sort_keys=False)],
    ))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)


def mask(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """No secret in a log line: by the name of the value, and by its look."""
    for name, value in event.items():
        if name not in ("event", "level", "timestamp") and SECRET_NAME.search(name):
            event[name] = "***"
        elif isinstance(value, str):
            event[name] = SECRET_TEXT.sub(lambda m: (m.group(1) or "") + "***", value)
    return event


def register(app: Flask) -> None:
    app.before_request(_start)
    app.after_request(_finish)


def _start() -> None:
    g.started = time.perf_counter()


def _finish(response: Response) -> Response:
    method, path = request.method, request.path
    kind = "static" if path.startswith("/static/") else "api" if path.startswith("/api/") else "page"
    seconds = time.perf_counter() - g.get("started", time.perf_counter())
    SECONDS_OF[kind].observe(seconds)
    if kind != "static" and not path.startswith(("/healthz", "/readyz")):
        _note(method, path[:300], response.status_code, seconds)
    return response


def _note(method: str, path: str, status: int, seconds: float) -> None:
    """The access line. Written by hand: through structlog's steps it costs more than the sign-in check."""
    person = g.get("me")
    line = {"method": method, "path": SECRET_TEXT.sub(r"\1***", path), "status": status,
            "ms": round(seconds * 1000, 1), "user": person.id if person else None, "id": g.get("request_id"),
            "event": "request", "level": "info", "timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z")}
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
