"""What Skyvern wrote down while it worked, made readable: prompts, answers of the model, the page as it saw it, the
browser's log and traffic. Everything is text of bounded length; HTML is source and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from ..skyvern.values import Artifact, Step
from ..skyvern.values.reading import read_dict

LONGEST = 200_000  # letters of one text on the page
MOST_STEPS = 50
ORDER = ("llm_prompt", "llm_request", "llm_response", "llm_response_parsed", "llm_response_rendered",
         "visible_elements_tree_in_prompt", "visible_elements_tree", "visible_elements_tree_trimmed", "html_scrape",
         "html_action", "html", "skyvern_log")
NAMES = {
    "llm_prompt": "Prompt", "llm_request": "Request to the model", "llm_response": "Answer of the model",
    "llm_response_parsed": "Actions read from the answer", "llm_response_rendered": "Answer as it was used",
    "visible_elements_tree": "Elements of the page", "visible_elements_tree_trimmed": "Elements, trimmed",
    "visible_elements_tree_in_prompt": "Elements as the model saw them", "html_scrape": "HTML of the page",
    "html_action": "HTML after the action", "visible_elements_id_css_map": "Elements and their CSS",
    "visible_elements_id_frame_map": "Elements and their frames", "hashed_href_map": "Links of the page",
    "browser_console_log": "Console of the browser", "har": "Network traffic", "skyvern_log": "Log of Skyvern",
}
BROWSER = ("browser_console_log", "har", "trace", "skyvern_log_raw", "browser_session_action_log")
UNREAD = (*BROWSER, "recording", "download", "script_file", "pdf")
PICTURE = re.compile(r"data:image/[\w.+-]+;base64,[A-Za-z0-9+/=\s]{200,}")


@dataclass(frozen=True, slots=True)
class StepTrace:
    """What one step left: `number` counts from 1 over the whole run, `block` is the block it belongs to."""

    step_id: str
    number: int
    block: str | None
    artifacts: tuple[Artifact, ...]
    step: Step | None = None

    @property
    def texts(self) -> list[Artifact]:
        """What can be read of it, in the order a person would."""
        rank = {kind: place for place, kind in enumerate(ORDER)}
        found = [a for a in self.artifacts if not a.is_screenshot and a.kind not in UNREAD]
        return sorted(found, key=lambda a: rank.get(a.kind, len(ORDER)))

    @property
    def pictures(self) -> list[Artifact]:
        """The pictures of it, oldest first."""
        return [a for a in self.artifacts if a.is_screenshot]


@dataclass(frozen=True, slots=True)
class Request:
    """One line of the traffic; `seconds` from start to the last byte."""

    method: str
    url: str
    status: int
    seconds: float
    size: int


@dataclass(frozen=True, slots=True)
class Traffic:
    """A HAR file in short."""

    count: int
    by_status: tuple[tuple[str, int], ...]
    slowest: tuple[Request, ...]
    failed: tuple[Request, ...]
    failed_count: int


def traces(artifacts: Iterable[Artifact], labels: dict[str, str], steps: Sequence[Step] = ()) -> list[StepTrace]:
    """The steps of a run in their order, each with what it left. Steps that left nothing are there too."""
    known = {step.step_id: step for step in steps}
    groups: dict[str, list[Artifact]] = {step.step_id: [] for step in steps}
    ours = [a for a in artifacts if a.step_id or a.thought_id or a.block_id]
    for artifact in sorted(ours, key=lambda a: (a.created_at is None, a.created_at or 0)):
        key = artifact.step_id or artifact.thought_id or artifact.block_id or ""
        groups.setdefault(key, []).append(artifact)
    written = [(key, found) for key, found in groups.items()
               if key in known or not all(a.is_screenshot or a.kind in UNREAD for a in found)]
    return [StepTrace(key, number, next((labels[i] for a in found for i in _owners(a) if i in labels), None),
                      tuple(found), known.get(key))
            for number, (key, found) in enumerate(written, 1)]


def _owners(artifact: Artifact) -> tuple[str, ...]:
    return tuple(i for i in (artifact.block_id, artifact.task_id, artifact.thought_id) if i)


def browser_files(artifacts: Iterable[Artifact]) -> list[Artifact]:
    """The log and the traffic of the browser."""
    return [a for a in artifacts if a.kind in BROWSER]


def name_of(kind: str) -> str:
    """What a kind of artifact is called."""
    return NAMES.get(kind) or kind.replace("_", " ").capitalize()


def readable(kind: str, text: str) -> str:
    """The text as a person reads it: JSON indented, pictures inside it named instead of spelled out."""
    if kind == "llm_request":
        return _conversation(text) or _pretty(text)
    if kind == "llm_response":
        return _answer(text) or _pretty(text)
    if kind.startswith("html"):
        return text
    return _pretty(text) if text.lstrip()[:1] in ("{", "[") else text


def summarise(text: str) -> Traffic | None:
    """A HAR in short, or None when it is none (HAR 1.2: `log.entries[]`). Parse it in a thread."""
    try:
        entries = json.loads(text)["log"]["entries"]
        requests = [_request(entry) for entry in entries if isinstance(entry, dict)]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    counts = sorted(r.status for r in requests)
    by_status = tuple((str(status) if status else "no answer", len(list(group))) for status, group in groupby(counts))
    failed = [r for r in requests if r.status == 0 or r.status >= 400]
    slowest = sorted(requests, key=lambda r: -r.seconds)[:20]
    return Traffic(len(requests), by_status, tuple(slowest), tuple(failed[:50]), len(failed))


def log_lines(text: str) -> list[tuple[str, str, str]]:
    """(time, level, words) for each line of a console log: `2026-11-21T07:04:16.4Z[error]words` (1.0.56)."""
    lines = []
    for line in text.splitlines()[:2000]:
        found = re.match(r"(\d{4}-\d\d-\d\dT[\d:.]+Z?)?\s*\[(\w+)\]\s*(.*)", line)
        lines.append((found[1] or "", found[2].lower(), found[3][:2000]) if found else ("", "", line[:2000]))
    return lines


def _request(entry: dict[str, Any]) -> Request:
    asked, answer = read_dict(entry, "request"), read_dict(entry, "response")
    size, took = read_dict(answer, "content").get("size"), entry.get("time")
    return Request(str(asked.get("method") or "GET")[:10], str(asked.get("url") or "")[:400],
                   answer["status"] if isinstance(answer.get("status"), int) and answer["status"] > 0 else 0,
                   float(took) / 1000 if isinstance(took, int | float) and took > 0 else 0.0,
                   size if isinstance(size, int) and size > 0 else 0)


def _pretty(text: str) -> str:
    try:
        return PICTURE.sub(_picture, json.dumps(json.loads(text), indent=2, ensure_ascii=False))
    except (ValueError, RecursionError):
        return PICTURE.sub(_picture, text)


def _picture(found: re.Match[str]) -> str:
    return f"(a picture of {len(found[0]) * 3 // 4000} kB)"


def _conversation(text: str) -> str | None:
    """The messages of a chat request, told one after the other, with its settings last."""
    try:
        asked = json.loads(text)
        messages = asked.pop("messages")
        told = [f"[{message.get('role', 'message')}]\n{_said(message.get('content'))}" for message in messages]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return "\n\n".join([*told, "[settings]\n" + json.dumps(asked, indent=2, ensure_ascii=False)])


def _said(content: Any) -> str:
    parts = content if isinstance(content, list) else [content]
    said = []
    for each in parts:
        if isinstance(each, dict) and isinstance(each.get("text"), str):
            said.append(each["text"])
        elif isinstance(each, dict):
            said.append(PICTURE.sub(_picture, json.dumps(each, ensure_ascii=False)))
        else:
            said.append(str(each))
    return "\n".join(said)


def _answer(text: str) -> str | None:
    try:
        answer = json.loads(text)
        said = answer["choices"][0]["message"]["content"]
        used = json.dumps({"model": answer.get("model"), **(answer.get("usage") or {})}, indent=2, ensure_ascii=False)
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        return None
    return f"{_pretty(said) if isinstance(said, str) else _pretty(json.dumps(said))}\n\n[usage]\n{used}"
