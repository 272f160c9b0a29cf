"""What a request carries, read the way Skyvern reads it."""

from __future__ import annotations

import json
from typing import Any, cast
from urllib.parse import urlsplit

from flask import current_app, request

from skyvern_ui.sandbox.refusals import Refusal, invalid
from skyvern_ui.sandbox.world import World


def the_world() -> World:
    return cast(World, current_app.extensions["sandbox"])


def json_body() -> dict[str, Any]:
    raw = request.get_data()
    try:
        read = json.loads(raw)
    except ValueError as error:
        place = error.pos if isinstance(error, json.JSONDecodeError) else 0
        words = error.msg if isinstance(error, json.JSONDecodeError) else "not text"
        raise invalid(("body", place), "json_invalid", "JSON decode error", {}, error=words) from None
    if not isinstance(read, dict):
        raise invalid(("body",), "model_attributes_type",
                      "Input should be a valid dictionary or object to extract fields from", read)
    return read


def web_address(url: Any) -> str | None:
    """`url` as it is when a browser could open it; Skyvern refuses the rest with 400."""
    if url is None:
        return None
    try:
        parts = urlsplit(url) if isinstance(url, str) and len(url) <= 2083 else None
    except ValueError:
        parts = None
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refusal(400, "Invalid url: malformed. Use an HTTP or HTTPS URL with at most 2083 characters.")
    return str(url)
