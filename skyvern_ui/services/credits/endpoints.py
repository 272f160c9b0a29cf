"""What can have a price: the routes that services may call and that cost something. Reads are free."""

from __future__ import annotations

from typing import NamedTuple


class Endpoint(NamedTuple):
    """One route of the price list. `units`: what it may be charged by, the usual one first. `start`: the price offered
    to somebody who has set none, as thousandths for a unit and thousandths held beforehand."""

    path: str
    label: str
    scope: str
    units: tuple[str, ...]
    start: tuple[int, int]
    has_models: bool = False


CHAT, IMAGES, EMBEDDINGS = ("/api/v1/llm/chat/completions", "/api/v1/llm/image/generations", "/api/v1/llm/embeddings")
RUN_TASK, RUN_WORKFLOW = "/v1/run/tasks", "/v1/run/workflows"
UPLOAD, BROWSER, WRITE = "/v1/upload_file", "/v1/browser_sessions", "/v1/*"
ENDPOINTS = (
    Endpoint(CHAT, "Chat", "llm:chat", ("call", "1k_tokens"), (1000, 1000), True),
    Endpoint(IMAGES, "Images", "llm:images", ("image", "call"), (10_000, 10_000), True),
    Endpoint(EMBEDDINGS, "Embeddings", "llm:embeddings", ("call", "1k_tokens"), (100, 100), True),
    Endpoint(RUN_TASK, "Run a task", "skyvern:run", ("step", "run", "call"), (1000, 25_000)),
    Endpoint(RUN_WORKFLOW, "Run a workflow", "skyvern:run", ("step", "run", "call"), (1000, 25_000)),
    Endpoint(UPLOAD, "Upload a file", "skyvern:files", ("call",), (0, 0)),
    Endpoint(BROWSER, "Open a browser session", "skyvern:browsers", ("call",), (5000, 5000)),
    Endpoint(WRITE, "Any other change in Skyvern", "skyvern:workflows", ("call",), (0, 0)),
)
# Whether these happened is for Skyvern to say (services/runs): no time-out gives their hold back.
ASKED = (RUN_TASK, RUN_WORKFLOW, UPLOAD, BROWSER, WRITE)
BY_PATH = {each.path: each for each in ENDPOINTS}
