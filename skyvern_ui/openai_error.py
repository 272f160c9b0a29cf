"""An error in the shape that OpenAI's clients read, for the routes that programs call."""

from __future__ import annotations

from typing import Any

from flask import g, request


def is_for_programs() -> bool:
    """True for the routes of services; `/api/auth` and `/api/skyvern` have shapes of their own."""
    return request.path.startswith("/api/v1/")


def kind_of(status: int) -> str:
    """OpenAI's word for an error of this status."""
    return {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}.get(
        status, "server_error" if status >= 500 else "invalid_request_error")


def error_body(code: str, sentence: str, kind: str, param: str | None = None, *, request_id: str | None = None,
               **more: Any) -> dict[str, Any]:
    """The object around an error. Without a request at hand its id must be given."""
    return {"error": {"message": sentence, "type": kind, "code": code, "param": param,
                      "request_id": g.get("request_id", "-") if request_id is None else request_id, **more}}
