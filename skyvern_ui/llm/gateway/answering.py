"""The model's good answer on its way to the service: charged for what it brought, and kept for who asks again."""

from __future__ import annotations

import json
from typing import Any

from flask import Response

from ...aside import aside_if_large
from ...diagnosis.diagnosis import Reply
from ...openai_error import error_body
from ...request import request_id
from ...services.door import Refused
from ...skyvern.errors import Leaked, SkyvernError, TimedOut
from .asking import Asked
from .bodies import IMAGE_KIND, Kind
from .charging import Charging
from .credentials import Credential
from .envelope import refusal, say_credits
from .events import Events, Tell, Usage
from .metered import MeteredStream
from .sending import Sent

STATUSES = frozenset(str(status) for status in range(400, 600))


def answer_with(sent: Sent, asked: Asked, credential: Credential, charging: Charging) -> Response:
    """A stream as it comes, anything else when it is whole."""
    if asked.stream and sent.is_stream:
        events = Events(asked.wants_usage, _telling(sent, credential))
        response = Response(MeteredStream(sent, events, charging), 200, mimetype="text/event-stream",
                            direct_passthrough=True)
        response.headers["X-Accel-Buffering"] = "no"
        return say_credits(response, charging.most, charging.pool, charging.byok)
    response = _whole(sent, asked, credential, charging)
    return say_credits(response, charging.charged, charging.pool, charging.byok)


def _whole(sent: Sent, asked: Asked, credential: Credential, charging: Charging) -> Response:
    usage, status = Usage(), {"upstream_status": sent.status}
    try:
        body = sent.whole()
    except SkyvernError as error:
        charging.settle(usage, "broken_answer", told=status)  # it had answered 2xx: the model has worked
        return refusal(_withheld(error))
    finally:
        sent.close()
    answer = aside_if_large(len(body), _json, body)
    if not _is_answer(asked.kind, answer):
        told = credential.tell(sent.reply(sent.status, body), asked.named_model)
        charging.release("garbage", reason=told.reason, **status)
        return refusal(told.refused)
    usage.read(answer)
    images = sum(map(_is_image, answer["data"])) if asked.kind is IMAGE_KIND else None
    if _brought_something(asked.kind, answer, usage, images):
        charging.settle(usage, images=images, answer=("application/json", body), told=status)
    else:
        charging.release("empty_answer", **status)
    return Response(body, 200, mimetype="application/json")


def _withheld(error: SkyvernError) -> Refused:
    if isinstance(error, Leaked):
        return Refused(502, "upstream_leak", "The model's answer was withheld: it held a secret.", "server_error",
                       headers={"x-should-retry": "false"})
    if isinstance(error, TimedOut):
        return Refused(504, "upstream_timeout", "The model took too long to answer.", "server_error")
    return Refused(502, "upstream_broken", "The connection to the model broke before its answer was complete.",
                   "server_error")


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _is_answer(kind: Kind, answer: Any) -> bool:
    """Whether this is what was asked for at all. An error in an answer that says 200 is none."""
    return isinstance(answer, dict) and isinstance(answer.get("choices" if kind.name == "chat" else "data"), list) \
        and not answer.get("error")


def _is_image(row: Any) -> bool:
    return isinstance(row, dict) and any(isinstance(row.get(name), str) and row[name] for name in ("b64_json", "url"))


def _brought_something(kind: Kind, answer: Any, usage: Usage, images: int | None) -> bool:
    if kind is IMAGE_KIND:
        return bool(images)
    return bool(answer["choices" if kind.name == "chat" else "data"] or usage.tokens)


def _telling(sent: Sent, credential: Credential) -> Tell:
    """An error that comes inside a stream, as one of ours. Called when the request is over."""
    tell, ours = credential.teller(), request_id()

    def told(said: Any) -> tuple[bytes, str]:
        error = said["error"]
        code = error.get("code", error.get("status")) if isinstance(error, dict) else None
        status = int(str(code)) if str(code) in STATUSES else None
        found = tell(Reply(status, json.dumps({"error": error}).encode(), {}, sent.host, asked=sent.kind.name))
        refused = found.refused
        body = error_body(refused.code, refused.sentence, refused.kind, refused.param, request_id=ours, **refused.more)
        return b"data: " + json.dumps(body).encode() + b"\n\n", found.reason

    return told
