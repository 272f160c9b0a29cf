"""Generated code of workflows, and how often it had to be helped."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from .reading import Json, parse_time, read_dict, read_float, read_int, read_list, read_text

MAIN = "main.py"


@dataclass(frozen=True, slots=True)
class Variant:
    """The code for one value of a workflow's cache key (api 3.10). `success_rate` is 0 to 1, None without runs."""

    script_id: str
    cache_key: str
    value: str
    latest_version: int
    version_count: int
    total_runs: int
    success_rate: float | None
    is_pinned: bool
    created_at: datetime | None
    modified_at: datetime | None

    @classmethod
    def from_json(cls, data: Json) -> Variant:
        """Never raises."""
        return cls(str(data.get("script_id") or ""), str(data.get("cache_key") or ""),
                   str(data.get("cache_key_value") or ""), read_int(data, "latest_version") or 0,
                   read_int(data, "version_count") or 0, read_int(data, "total_runs") or 0,
                   read_float(data, "success_rate"), data.get("is_pinned") is True,
                   parse_time(data.get("created_at")), parse_time(data.get("modified_at")))


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a script, and the run that wrote it."""

    number: int
    created_at: datetime | None
    run_id: str | None

    @classmethod
    def from_json(cls, data: Json) -> Version:
        """Never raises."""
        return cls(read_int(data, "version") or 0, parse_time(data.get("created_at")), read_text(data, "run_id"))


@dataclass(frozen=True, slots=True)
class Code:
    """The files of one version: the main script first, then one of each block. `fallbacks` is how often a model had
    to take over in it, None when nobody says."""

    version: int
    files: dict[str, str] = field(default_factory=dict, repr=False)
    run_id: str | None = None
    created_at: datetime | None = None
    fallbacks: int | None = None

    @classmethod
    def from_json(cls, data: Json) -> Code:
        """Never raises."""
        main = read_text(data, "main_script")
        blocks = {f"{label}.py": str(text) for label, text in read_dict(data, "blocks").items() if text}
        return cls(read_int(data, "version") or 0, {**({MAIN: main} if main else {}), **blocks},
                   read_text(data, "run_id"), parse_time(data.get("created_at")),
                   read_int(data, "fallback_episode_count"))


@dataclass(frozen=True, slots=True)
class Reliability:
    """How a workflow's last finished runs held up (at most 20 of them). Not `is_scored` below ten runs: then the state
    means nothing. `heal_rate` is 0 to 1."""

    state: str
    is_scored: bool
    window_runs: int
    healed_runs: int
    heal_rate: float
    consecutive_healed_runs: int
    outcome_risk_runs: int

    @classmethod
    def from_json(cls, data: Json) -> Reliability:
        """Never raises."""
        return cls(str(data.get("state") or "unknown"), data.get("scored") is True,
                   read_int(data, "window_runs") or 0, read_int(data, "healed_runs") or 0,
                   read_float(data, "heal_rate") or 0.0, read_int(data, "consecutive_healed_runs") or 0,
                   read_int(data, "outcome_risk_runs") or 0)


@dataclass(frozen=True, slots=True)
class Heal:
    """One time that a code block was healed, or was not. `took` is in milliseconds."""

    run_id: str
    block: str
    status: str
    reason: str | None
    error: str | None
    line: int | None
    took: int | None
    created_at: datetime | None

    @property
    def was_tried(self) -> bool:
        """False when it was left alone on purpose."""
        return self.status != "skipped"

    @classmethod
    def from_json(cls, data: Json) -> Heal:
        """Never raises."""
        return cls(str(data.get("workflow_run_id") or ""), str(data.get("block_label") or ""),
                   str(data.get("status") or "unknown"), read_text(data, "skip_reason"),
                   read_text(data, "exception_class"), read_int(data, "failing_line"), read_int(data, "wall_clock_ms"),
                   parse_time(data.get("created_at")))


@dataclass(frozen=True, slots=True)
class Fallback:
    """One time that generated code did not do, and a model took over. `went_well` is None while nobody knows."""

    run_id: str
    block: str
    kind: str
    error: str | None
    went_well: bool | None
    created_at: datetime | None

    @classmethod
    def from_json(cls, data: Json) -> Fallback:
        """Never raises."""
        went = data.get("fallback_succeeded")
        return cls(str(data.get("workflow_run_id") or ""), str(data.get("block_label") or ""),
                   str(data.get("fallback_type") or ""), read_text(data, "error_message"),
                   went if isinstance(went, bool) else None, parse_time(data.get("created_at")))


@dataclass(frozen=True, slots=True)
class ScriptRuns:
    """The runs of a script: the newest, how many there are, and how they ended. `per_run` is how often a model took
    over, on average."""

    rows: tuple[Json, ...]
    total: int
    by_status: dict[str, int]
    per_run: float | None

    @classmethod
    def from_json(cls, data: Json) -> ScriptRuns:
        """Never raises."""
        counts = {str(key): value for key, value in read_dict(data, "status_counts").items() if isinstance(value, int)}
        return cls(tuple(row for row in read_list(data, "runs") if isinstance(row, dict)),
                   read_int(data, "total_count") or 0, counts, read_float(data, "avg_fallbacks_per_run"))
