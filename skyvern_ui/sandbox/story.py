"""A simulated run: everything it shows is a function of its start and the clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from skyvern_ui.sandbox.tags import Tag
from skyvern_ui.sandbox.words import Failure

CREATED_FOR, QUEUED_FOR = 0.3, 0.7  # seconds before a run is queued, and before it runs
SCENES = 8
FINAL = frozenset({"completed", "failed", "terminated", "canceled", "timed_out"})


@dataclass(frozen=True)
class Scene:
    """One step of the shop story: what the agent does, why, and which picture shows it."""

    action: str
    intention: str
    reasoning: str
    picture: int
    text: str | None = None


STORY = (
    Scene("input_text", "What should be searched for?", "The goal names a lamp, so I search for it.", 2,
          "reading lamp"),
    Scene("click", "Which result fits best?", "The first result matches the request and is in stock.", 3),
    Scene("click", "How is it put into the basket?", "The green button adds the lamp to the basket.", 4),
    Scene("input_text", "Where should it be sent?", "The delivery form asks for a name and an address.", 7,
          "12 Garden Lane"),
    Scene("complete", "Is the order placed?", "The page thanks for the order and shows its number.", 8),
)


@dataclass
class Run:
    """One run. Times are Unix seconds; `seconds` is how long its work takes."""

    number: int
    run_id: str
    kind: str  # task_v1 | task_v2 | workflow_run
    title: str | None
    prompt: str
    url: str | None
    request: dict[str, Any]
    created: float
    seconds: float
    failure: Failure | None = None
    waits: str | None = None  # for a `person` or a `code`
    halt: float = 0.5  # where it waits, as a share of its work
    workflow: dict[str, Any] | None = None
    tags: list[Tag] = field(default_factory=list)
    trigger: str = "api"
    session_id: str | None = None
    schedule_id: str | None = None  # the schedule that started it
    parent: str | None = None  # the run whose block started it
    shown_as: str | None = None  # it is the hidden workflow run of that task of engine skyvern-2.0
    played_by: Run | None = None  # and this is the hidden run of such a task
    below: list[Run] = field(default_factory=list)  # what it started; it ends with this run
    priced: bool = False
    is_trial: bool = False  # of single blocks: no list of runs shows it (debugging.py)
    page: Any = None  # the page as a person left it, while one drives (steering.py)
    parts: list[Any] | None = None  # its plan, once somebody asked (plan.py)
    canceled: float | None = None
    continued: float | None = None

    @property
    def workflow_permanent_id(self) -> str | None:
        return self.workflow["workflow_permanent_id"] if self.workflow else None

    @property
    def blocks(self) -> list[dict[str, Any]]:
        """The blocks of its workflow; a task is one block."""
        blocks: list[dict[str, Any]] = ((self.workflow or {}).get("workflow_definition") or {}).get("blocks") or []
        return blocks or [{"block_type": "task", "label": "block_1", "navigation_goal": self.prompt, "url": self.url}]

    @property
    def searchable(self) -> str:
        """What a search looks through, in lower case."""
        values = (self.request.get("parameters") or {}).values()
        return " ".join(map(str, (self.title or self.prompt, self.run_id, self.url, self.workflow_permanent_id,
                                  self.request.get("webhook_url"), *values))).lower()

    @property
    def began(self) -> float:
        return self.created + CREATED_FOR + QUEUED_FOR

    @property
    def pauses_at(self) -> float | None:
        return self.began + self.seconds * self.halt if self.waits else None

    @property
    def ends(self) -> float | None:
        """When it ends by itself; None while it waits for a person."""
        if self.pauses_at is None:
            return self.began + self.seconds
        return None if self.continued is None else self.continued + self.seconds * (1 - self.halt)

    def status(self, now: float) -> str:
        if self.canceled is not None and self.canceled <= now:
            return "canceled"
        if now < self.created + CREATED_FOR:
            return "created"
        if now < self.began:
            return "queued"
        if self.pauses_at is not None and self.continued is None:
            return "paused" if now >= self.pauses_at and self.waits == "person" else "running"
        if self.ends is not None and now >= self.ends:
            return self.failure.status if self.failure else "completed"
        return "running"

    def is_over(self, now: float) -> bool:
        return self.status(now) in FINAL

    def failed(self, now: float) -> bool:
        return self.failure is not None and self.status(now) == self.failure.status

    def finished(self, now: float) -> float | None:
        if not self.is_over(now):
            return None
        return self.canceled if self.canceled is not None else self.ends

    def started(self, now: float) -> float | None:
        last = self.canceled if self.canceled is not None else now
        return self.began if last >= self.began else None

    def changed(self, now: float) -> float:
        return self.finished(now) or max(self.created, min(now, self.at_work(now) + self.began))

    def at_work(self, now: float) -> float:
        """Seconds of work done by now; a pause does not count."""
        until = now if self.canceled is None else min(now, self.canceled)
        if self.pauses_at is not None and until > self.pauses_at:
            rest = 0.0 if self.continued is None else max(0.0, until - self.continued)
            return min(self.seconds, self.seconds * self.halt + rest)
        return min(self.seconds, max(0.0, until - self.began))

    def progress(self, now: float) -> float:
        return self.at_work(now) / self.seconds

    def when(self, share: float) -> float:
        """The moment at which it has done such a share of its work."""
        if self.waits and self.continued is not None and share > self.halt:
            return self.continued + self.seconds * (share - self.halt)
        return self.began + self.seconds * share

    def picture(self, now: float) -> int:
        """Which of the pictures (1 … 8) its browser shows."""
        if self.is_over(now):
            return 4 if self.failure else SCENES
        if self.seconds > 30:  # a long run keeps moving
            return int(self.at_work(now) / 1.2) % SCENES + 1
        return min(SCENES, int(self.progress(now) * SCENES) + 1)
