"""The texts among the artifacts: plausible, and each says that it is simulated."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from skyvern_ui.sandbox.story import Run, Scene

LABEL = "Sandbox - simulated"
SHOP = "https://shop.example/"
ELEMENTS = (("h1", "AAAB", {}, "Lumen & Leaf"), ("input", "AAAC", {"type": "search", "name": "q"}, ""),
            ("a", "AAAD", {"href": "/lamps/alva"}, "Reading lamp Alva"), ("button", "AAAE", {"type": "submit"}, "Add"))
SCRIPT = f'''# {LABEL}
import skyvern


@skyvern.cached(cache_key="order")
async def order(page, context):
    await page.fill('input[name="q"]', context.parameters["item"])
    await page.click("text=Reading lamp Alva")
    await page.click("button[type=submit]")


async def run_workflow(parameters):
    page, context = await skyvern.setup(parameters)
    await skyvern.run_task(prompt="Order the lamp", cache_key="order")
'''
PROMPT = f"""{LABEL}

Identify the actions that lead to the goal of the person. Answer with JSON only.

Goal: {{goal}}

Elements on the page:
{{elements}}

The page is shown in the picture.
"""


def text_of(kind: str, run: Run, scene: Scene, name: str) -> str:
    """The body of an artifact of this kind, taken while the scene was played."""
    told = _BODIES.get(kind)
    if kind.startswith("html_"):
        return f"<!doctype html><title>Lumen &amp; Leaf</title><h1>{LABEL}</h1><p>Scene {scene.picture}</p>\n"
    if kind == "llm_prompt":
        return PROMPT.format(goal=run.prompt[:200], elements=_in_prompt())
    if kind == "visible_elements_tree_in_prompt":
        return f"<!-- {LABEL} -->\n{_in_prompt()}"
    if kind == "script_file":
        return SCRIPT
    if kind == "browser_console_log":
        return _console(run)
    if kind == "download":
        return f"# {LABEL}: {name}\norder,item,price\nLL-20418,Reading lamp Alva,48.00\n"
    return json.dumps(told(run, scene) if told else {"note": LABEL, "run": run.run_id}, ensure_ascii=False, indent=1)


def _elements(run: Run, scene: Scene) -> list[dict[str, Any]]:
    return [{"id": name, "frame": "main.frame", "frame_index": 0, "interactable": tag != "h1", "tagName": tag,
             "attributes": {**attributes, "data-note": LABEL}, "text": text, "children": [], "rect": None,
             "xpath": f"/html/body/{tag}[1]"} for tag, name, attributes, text in ELEMENTS]


def _in_prompt() -> str:
    return "".join(f'<{tag} id="{name}">{text}</{tag}>\n' for tag, name, _, text in ELEMENTS)


def _decision(run: Run, scene: Scene) -> dict[str, Any]:
    return {"user_goal_achieved": scene.action == "complete", "note": LABEL, "action_plan": scene.reasoning,
            "actions": [{"action_type": scene.action.upper(), "id": "AAAD", "reasoning": scene.reasoning,
                         "user_detail_query": scene.intention, "user_detail_answer": scene.text,
                         "text": scene.text, "confidence_float": 0.97}]}


def _request(run: Run, scene: Scene) -> dict[str, Any]:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    text = {"type": "text", "text": PROMPT.format(goal=run.prompt[:200], elements=_in_prompt())}
    return {"model": "sandbox", "note": LABEL, "temperature": 0, "max_completion_tokens": 4096,
            "messages": [{"role": "user", "content": [text, image]}]}


def _response(run: Run, scene: Scene) -> dict[str, Any]:
    content = json.dumps(_decision(run, scene), ensure_ascii=False)
    return {"id": "chatcmpl-sandbox", "object": "chat.completion", "model": "sandbox",
            "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}],
            "usage": {"prompt_tokens": 2400, "completion_tokens": 160, "total_tokens": 2560}}


def _har(run: Run, scene: Scene) -> dict[str, Any]:
    asked = (("", 200, "text/html", 5120, 180), ("style.css", 200, "text/css", 2048, 40),
             ("lamps?q=reading", 200, "application/json", 910, 260), ("missing.png", 404, "text/html", 120, 35),
             ("order", 500 if run.failure else 201, "application/json", 220, 640))
    entries = [{"startedDateTime": _iso(run.began + 0.2 * n), "time": took, "cache": {}, "timings": {},
                "request": {"method": "POST" if path == "order" else "GET", "url": SHOP + path, "headers": []},
                "response": {"status": status, "headers": [], "content": {"size": size, "mimeType": kind}}}
               for n, (path, status, kind, size, took) in enumerate(asked)]
    return {"log": {"version": "1.2", "creator": {"name": LABEL, "version": "1"}, "pages": [],
                    "browser": {"name": "chromium", "version": "0"}, "entries": entries}}


def _console(run: Run) -> str:
    lines = [("log", f"{LABEL}: shop ready"), ("warning", "The lamp's picture is larger than its frame"),
             ("error", "Failed to load resource: the server responded with a status of 404 ()")]
    return "".join(f"{_iso(run.began + n)}[{kind}]{words} url={SHOP} lineNumber=0 columnNumber=0\n"
                   for n, (kind, words) in enumerate(lines))


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _css_map(run: Run, scene: Scene) -> dict[str, Any]:
    return {name: f"[unique_id='{name}']" for _, name, _, _ in ELEMENTS}


def _frame_map(run: Run, scene: Scene) -> dict[str, Any]:
    return {name: "main.frame" for _, name, _, _ in ELEMENTS}


_BODIES = {"visible_elements_tree": _elements, "visible_elements_tree_trimmed": _elements,
           "visible_elements_id_css_map": _css_map, "visible_elements_id_frame_map": _frame_map,
           "llm_request": _request, "llm_response": _response, "llm_response_parsed": _decision, "har": _har}
