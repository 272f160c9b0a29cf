"""How it reads that a schedule does not do what it should. `content` is what `schedules/watching.py` wrote down."""

from __future__ import annotations

from typing import Any

HEADLINES = {"missed": "did not start when it should have", "ok": "runs well again", "gone": "was deleted"}


def headline(content: dict[str, Any]) -> str:
    """One line: which schedule, and what is wrong with it."""
    title = " ".join(str(content.get("title") or "A schedule").split())[:120]
    count = content.get("count") or 0
    failed = f"failed {count} times in a row" if count > 1 else "failed"
    return f"{title} {HEADLINES.get(str(content.get('status')), failed)}"


def page_of(topic: str) -> str:
    """The path of the page that it is about; the topic is `schedule:<workflow>/<schedule>`."""
    wpid, _, schedule_id = topic.partition(":")[2].partition("/")
    return f"/workflows/{wpid}/schedules/{schedule_id}"


def text_of(content: dict[str, Any], base: str) -> str:
    """A mail's text. `base` is where people reach us."""
    lines = [f"{headline(content)}.", ""]
    if content.get("status") == "missed":
        lines += [f"Expected: {content['expected_words']} ({content['timezone']})",
                  "No run was there ten minutes later. Skyvern does not make up for a start it missed. By default it",
                  "starts one scheduled run at a time, so a long run can keep others from starting.", ""]
    if content.get("status") == "failing" and content.get("run_id"):
        lines += [f"Last run: {base}/runs/{content['run_id']}", ""]
    if content.get("cadence"):
        lines.append(f"Schedule: {content['cadence']} ({content['timezone']})")
    if content.get("next_words"):
        lines.append(f"Next:     {content['next_words']}")
    here = page_of(f"schedule:{content['wpid']}/{content['schedule_id']}")
    return "\n".join([*lines, f"Look:     {base}{here}", "",
                      f"You asked to be told. To hear no more of it: {base}/notices"]) + "\n"


def message(notice_id: str, content: dict[str, Any], base: str) -> dict[str, Any]:
    """A webhook's body."""
    events = {"missed": "schedule.missed", "ok": "schedule.recovered", "gone": "schedule.deleted"}
    here = page_of(f"schedule:{content['wpid']}/{content['schedule_id']}")
    told = {name: content.get(name) for name in ("title", "status", "cadence", "timezone", "expected", "next")}
    return {"id": notice_id, "event": events.get(str(content.get("status")), "schedule.failing"), "schedule": {
        **told, "id": content["schedule_id"], "workflow_id": content["wpid"], "link": base + here,
        "failed_in_a_row": content.get("count") or 0, "last_failed_run": content.get("run_id")}}
