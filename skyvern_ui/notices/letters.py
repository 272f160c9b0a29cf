"""How a notice reads: the subject and text of a mail, the JSON of a webhook, the line in the corner of a page."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any, Protocol

from ..diagnosis.plain import plain_reason
from ..formatters import duration, exact_time
from ..skyvern.values import Run
from . import credit_letters, doctor_letters, schedule_letters
from .rules import OF_CREDITS, OF_DOCTOR, OF_SCHEDULE, PAUSED

ENDS = {"completed": "completed", "failed": "failed", "terminated": "was stopped by its rules",
        "canceled": "was canceled", "timed_out": "ran out of time", "gone": "is not there any more"}


class Letters(Protocol):
    """How the notices of one kind read, when it is not about a run."""

    def headline(self, content: dict[str, Any]) -> str: ...
    def page_of(self, topic: str) -> str: ...
    def text_of(self, content: dict[str, Any], base: str) -> str: ...
    def message(self, notice_id: str, content: dict[str, Any], base: str) -> dict[str, Any]: ...


OTHERS: dict[str, Letters] = {OF_DOCTOR: doctor_letters, OF_CREDITS: credit_letters,
                              OF_SCHEDULE: schedule_letters}


def content_of(run: Run, question: str | None = None) -> dict[str, Any]:
    """What is kept of a run to tell people later."""
    return {
        "title": run.title, "status": run.status, "kind": run.kind, "reason": plain_reason(run.failure_reason)[:2000],
        "question": (question or "")[:2000], "workflow_id": run.request.get("workflow_id"),
        "started_at": run.started_at.isoformat() if run.started_at else None,
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
    }


def headline(occasion: str, content: dict[str, Any]) -> str:
    """One line: what happened to which run, what the doctor found, or how credits stand."""
    if (other := OTHERS.get(f"{content.get('kind')}:")) is not None:
        return other.headline(content)
    title = " ".join(str(content.get("title") or "A run").split())[:120]
    if occasion.startswith(PAUSED):
        return f"{title} waits for a person"
    return f"{title} {ENDS.get(content['status'], content['status'])}"


def text_of(run_id: str, occasion: str, content: dict[str, Any], base: str) -> str:
    """A mail's text. `base` is where people reach us."""
    if (other := _other(run_id)) is not None:
        return other.text_of(content, base)
    lines = [headline(occasion, content) + ".", ""]
    if content.get("question"):
        lines += ["It asks:", str(content["question"]), ""]
    elif content.get("reason"):
        lines += ["Why:", str(content["reason"]), ""]
    started, ended = _moment(content.get("started_at")), _moment(content.get("finished_at"))
    if ended:
        lines.append(f"Ended:  {exact_time(ended)}" + (f", after {duration(ended - started)}" if started else ""))
    lines += [f"Run:    {run_id}", f"Look:   {base}/runs/{run_id}", "",
              f"You asked to be told. To hear no more of it: {base}/notices"]
    return "\n".join(lines) + "\n"


def json_of(notice_id: str, run_id: str, occasion: str, content: dict[str, Any], base: str) -> bytes:
    """A webhook's body."""
    if (other := _other(run_id)) is not None:
        return json.dumps(other.message(notice_id, content, base), ensure_ascii=False).encode()
    event = "run.waiting" if occasion.startswith(PAUSED) else "run.ended"
    run = {"id": run_id, "link": f"{base}/runs/{run_id}",
           **{key: content.get(key) or None for key in ("title", "status", "kind", "reason", "question", "workflow_id",
                                                        "started_at", "finished_at")}}
    return json.dumps({"id": notice_id, "event": event, "run": run}, ensure_ascii=False).encode()


def page_of(run_id: str) -> str:
    """The path of the page that a notice is about."""
    other = _other(run_id)
    return f"/runs/{run_id}" if other is None else other.page_of(run_id)


def signed(body: bytes, secret: str, moment: int) -> str:
    """The signature a receiver compares: HMAC-SHA256, in hex, of the time in seconds, a dot and the body."""
    return "sha256=" + hmac.new(secret.encode(), str(moment).encode() + b"." + body, hashlib.sha256).hexdigest()


def _other(run_id: str) -> Letters | None:
    return OTHERS.get(run_id.partition(":")[0] + ":")


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None
