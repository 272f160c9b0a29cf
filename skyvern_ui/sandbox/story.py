"""A simulated run: everything it shows is a function of its start and the clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

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
    outcome: str = "complete"  # complete | fail | pause
    workflow: dict[str, Any] | None = None
    tags: dict[str, str] = field(default_factory=dict)
    trigger: str = "api"
    session_id: str | None = None
    retried_from: str | None = None
    canceled: float | None = None
    continued: float | None = None

    @property
    def began(self) -> float:
        return self.created + CREATED_FOR + QUEUED_FOR

    @property
    def pauses_at(self) -> float | None:
        return self.began + self.seconds / 2 if self.outcome == "pause" else None

    @property
    def ends(self) -> float | None:
        """When it ends by itself; None while it waits for a person."""
        if self.pauses_at is None:
            return self.began + self.seconds
        return None if self.continued is None else self.continued + self.seconds / 2

    def status(self, now: float) -> str:
        if self.canceled is not None and self.canceled <= now:
            return "canceled"
        if now < self.created + CREATED_FOR:
            return "created"
        if now < self.began:
            return "queued"
        if self.pauses_at is not None and self.continued is None:
            return "paused" if now >= self.pauses_at else "running"
        if self.ends is not None and now >= self.ends:
            return "failed" if self.outcome == "fail" else "completed"
        return "running"

    def is_over(self, now: float) -> bool:
        return self.status(now) in FINAL

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
            return min(self.seconds, self.seconds / 2 + rest)
        return min(self.seconds, max(0.0, until - self.began))

    def progress(self, now: float) -> float:
        return self.at_work(now) / self.seconds

    def steps_done(self, now: float, steps: int = len(STORY)) -> int:
        """How many of `steps` equal parts are finished; a failing run never finishes its last."""
        done = int(self.progress(now) * steps + 1e-9)
        return min(done, steps - 1) if self.outcome == "fail" else done

    def picture(self, now: float) -> int:
        """Which of the pictures (1 … 8) its browser shows."""
        if self.is_over(now):
            return 4 if self.outcome == "fail" else SCENES
        if self.seconds > 30:  # a long run keeps moving
            return int(self.at_work(now) / 1.2) % SCENES + 1
        return min(SCENES, int(self.progress(now) * SCENES) + 1)
