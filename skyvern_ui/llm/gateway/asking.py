"""What a service asks: its request read, judged, and written anew for the model."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from flask import request

from ...aside import aside_if_large
from ...audit import clean
from ...relay.upload import upload_pieces
from ...request import client_ip, request_id, settings
from ...services.door import Refused
from ...services.keys.rules import Caller
from ...skyvern.errors import Departed, Stalled
from .bodies import MOST_BYTES, Kind, read_body, write_body
from .credentials import Credential

LONGEST_KEY, LONGEST_AGENT, BODY_SECONDS = 255, 200, 30.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that may be made. `plain` is the body as the client meant it, `body` as it is sent: a stream is
    always asked for its usage."""

    kind: Kind
    model: str | None
    named_model: bool
    stream: bool
    wants_usage: bool
    images: int
    plain: bytes
    body: bytes
    idempotency_key: str | None
    fingerprint: str | None


def read_request(kind: Kind, who: Caller, credential: Credential) -> Asked:
    """Raises Refused and BadBody: then nothing is held and nobody is asked."""
    if request.mimetype != "application/json":
        raise Refused(415, "unsupported_media_type", "Send JSON with Content-Type: application/json.")
    key = request.headers.get("Idempotency-Key")
    if key is not None and not (0 < len(key) <= LONGEST_KEY and key.isprintable()):
        raise Refused(400, "bad_idempotency_key", f"An Idempotency-Key has at most {LONGEST_KEY} visible characters.")
    raw = _raw()
    config = settings()
    default = None if credential.byok else config.llm_upstream_model
    data, named, plain, body = aside_if_large(
        len(raw), _written, kind, raw, config.llm_most_tokens, default)
    model = data.get("model")
    if who.rights.models and model not in who.rights.models:
        raise Refused(403, "model_not_allowed", "This key may not use this model.", "permission_error", "model",
                      allowed=list(who.rights.models))
    print_of = hashlib.sha256(kind.name.encode() + b"\n" + plain).hexdigest() if key else None
    wants_usage = bool(data.get("stream_options", {}).get("include_usage"))
    return Asked(kind, model, named, bool(data.get("stream")), wants_usage, int(data.get("n") or 1), plain, body, key,
                 print_of)


def told_of_request(stream: bool) -> dict[str, Any]:
    """Who, from where, with what: it stays with the charge (promise 2)."""
    retry = request.headers.get("X-Stainless-Retry-Count", "")[:4]
    agent = clean(request.headers.get("User-Agent", ""), LONGEST_AGENT)
    return {"request_id": request_id(), "ip": client_ip(), "agent": agent or None, "stream": stream,
            "sdk_retry": int(retry) if retry.isascii() and retry.isdigit() else 0}


def _raw() -> bytes:
    """The body, read under a deadline: who sends it drop by drop holds nothing here for long."""
    length, raw = request.content_length, bytearray()
    if not length and "chunked" not in request.headers.get("Transfer-Encoding", "").lower():
        return b""
    large = Refused(413, "too_large", f"At most {MOST_BYTES // 1024 // 1024} MiB may be sent here.")
    if (length or 0) > MOST_BYTES:
        raise large
    try:
        for piece in upload_pieces(request.environ["wsgi.input"], length, total=BODY_SECONDS,
                                   client=request.environ.get("gunicorn.socket")):
            raw += piece
            if len(raw) > MOST_BYTES:
                raise large
    except (Stalled, Departed) as error:
        raise Refused(408, "client_too_slow",
                      f"The body did not come whole within {BODY_SECONDS:g} seconds.") from error
    return bytes(raw)


def _written(kind: Kind, raw: bytes, most_tokens: int,
             default: str | None) -> tuple[dict[str, Any], bool, bytes, bytes]:
    data = read_body(kind, raw, most_tokens)
    named = "model" in data
    if not named and default is not None:
        data["model"] = default
    plain = write_body(data)
    if not data.get("stream"):
        return data, named, plain, plain
    asking = {**data, "stream_options": {**data.get("stream_options", {}), "include_usage": True}}
    return data, named, plain, write_body(asking)
