"""What happened in a run, as Skyvern tells it: blocks, thoughts, actions, steps (api 2.5, 2.7)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .reading import Json, parse_time, read_dict, read_float, read_int, read_list, read_text, read_texts

GOALS = ("navigation_goal", "data_extraction_goal", "complete_criterion", "terminate_criterion", "prompt",
         "instructions", "url", "subject", "body")


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that the agent did on a page."""

    action_id: str
    kind: str
    status: str | None
    reasoning: str | None
    intention: str | None
    said: str | None
    text: str | None
    confidence: float | None
    screenshot_id: str | None
    step_id: str | None
    step_order: int | None
    created_at: datetime | None
    seconds: float | None

    @classmethod
    def from_json(cls, data: Json) -> Action:
        """Never raises; an action of a newer release keeps its name."""
        since, until = parse_time(data.get("started_at")), parse_time(data.get("finished_at"))
        typed = read_text(data, "text") or _chosen(data) or read_text(data, "file_name") or read_text(data, "url")
        said = read_text(data, "response")
        return cls(
            action_id=str(data.get("action_id") or ""),
            kind=str(data.get("action_type") or "action"),
            status=read_text(data, "status"),
            reasoning=read_text(data, "reasoning") or read_text(data, "description"),
            intention=read_text(data, "intention"),
            said=said if said != typed else None,
            text=typed,
            confidence=read_float(data, "confidence_float"),
            screenshot_id=read_text(data, "screenshot_artifact_id"),
            step_id=read_text(data, "step_id"),
            step_order=read_int(data, "step_order"),
            created_at=since or parse_time(data.get("created_at")),
            seconds=(until - since).total_seconds() if since and until and until >= since else None,
        )


@dataclass(frozen=True, slots=True)
class Thought:
    """What the planner of a task 2.0 saw, thought and concluded."""

    thought_id: str
    kind: str
    observation: str | None
    thought: str | None
    answer: str | None
    created_at: datetime | None

    @classmethod
    def from_json(cls, data: Json) -> Thought:
        """Never raises."""
        return cls(
            thought_id=str(data.get("thought_id") or ""), kind=str(data.get("thought_type") or "thought"),
            observation=read_text(data, "observation"), thought=read_text(data, "thought"),
            answer=read_text(data, "answer"), created_at=parse_time(data.get("created_at")),
        )


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a workflow as it was carried out, once. `children` is oldest first: in a loop the blocks of all
    its turns, told apart by `index` (from 0); in a conditional the blocks of the branch that was taken."""

    block_id: str
    label: str
    kind: str
    status: str | None
    failure_reason: str | None
    error_codes: tuple[str, ...]
    continue_on_failure: bool
    output: Any
    task_id: str | None
    sub_run_id: str | None
    index: int | None
    value: str | None
    loop_values: tuple[Any, ...] | None
    branch: dict[str, Any]
    asked: dict[str, Any]
    engine: str | None
    ran_script: bool
    seconds: float | None
    created_at: datetime | None
    actions: tuple[Action, ...] = ()
    children: tuple[TimelineItem, ...] = ()
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_json(cls, data: Json, children: tuple[TimelineItem, ...] = ()) -> Block:
        """Never raises; a kind of block we have never heard of keeps its name."""
        output, values = data.get("output"), data.get("loop_values")
        kind = str(data.get("block_type") or "block")
        sub = read_text(data, "block_workflow_run_id") or (
            read_text(output, "workflow_run_id") if kind == "workflow_trigger" and isinstance(output, dict) else None)
        return cls(
            block_id=str(data.get("workflow_run_block_id") or ""),
            label=str(data.get("label") or kind),
            kind=kind,
            status=read_text(data, "status"),
            failure_reason=read_text(data, "failure_reason"),
            error_codes=read_texts(data, "error_codes"),
            continue_on_failure=data.get("continue_on_failure") is True,
            output=output,
            task_id=read_text(data, "task_id"),
            sub_run_id=sub,
            index=read_int(data, "current_index"),
            value=read_text(data, "current_value"),
            loop_values=tuple(values) if isinstance(values, list) else None,
            branch=_branch(data),
            asked={key: data[key] for key in GOALS if data.get(key) and not (key == "url" and kind == "code")},
            engine=read_text(data, "engine"),
            ran_script=data.get("script_run") not in (None, False, {}),
            seconds=_seconds(data),
            created_at=parse_time(data.get("created_at")),
            actions=tuple(Action.from_json(a) for a in reversed(read_list(data, "actions")) if isinstance(a, dict)),
            children=children,
            raw=dict(data),
        )


TimelineItem = Block | Thought


def read_timeline(rows: list[Any]) -> tuple[TimelineItem, ...]:
    """A `[WorkflowRunTimeline]`, which is newest first at every level, as it happened: oldest first."""
    found: list[TimelineItem] = []
    for row in reversed(rows):
        if not isinstance(row, dict):
            continue
        thought = row.get("thought")
        if row.get("type") == "thought" and isinstance(thought, dict):
            found.append(Thought.from_json(thought))
        elif isinstance(row.get("block"), dict):
            found.append(Block.from_json(row["block"], read_timeline(read_list(row, "children"))))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Step:
    """One round of a task: the page was read, the model asked, its actions done."""

    step_id: str
    order: int
    retry_index: int
    status: str | None
    input_tokens: int | None
    output_tokens: int | None
    reasoning_tokens: int | None
    cached_tokens: int | None
    cost: float | None
    model: str | None
    failure: str | None
    created_at: datetime | None

    @classmethod
    def from_json(cls, data: Json) -> Step:
        """Never raises; a release that does not count gives None."""
        output = read_dict(data, "output")
        failed = output.get("step_exception") or next(iter(read_list(output, "errors")), None)
        return cls(
            step_id=str(data.get("step_id") or ""), order=read_int(data, "order") or 0,
            retry_index=read_int(data, "retry_index") or 0, status=read_text(data, "status"),
            input_tokens=read_int(data, "input_token_count"), output_tokens=read_int(data, "output_token_count"),
            reasoning_tokens=read_int(data, "reasoning_token_count"),
            cached_tokens=read_int(data, "cached_token_count"), cost=read_float(data, "step_cost"),
            model=read_text(data, "last_llm_model"),
            failure=(read_text(failed, "reasoning") or read_text(failed, "error_code")) if isinstance(failed, dict)
            else str(failed) if failed else None,
            created_at=parse_time(data.get("created_at")),
        )


def _seconds(data: Json) -> float | None:
    """As the server says; blocks that only hold others are not timed (loops, conditionals): their span instead."""
    said = read_float(data, "duration")
    if said is not None or data.get("status") in (None, "running"):
        return said
    since, until = parse_time(data.get("created_at")), parse_time(data.get("modified_at"))
    return (until - since).total_seconds() if since and until and until > since else None


def _branch(data: Json) -> dict[str, Any]:
    told = read_dict(data, "output") if data.get("block_type") == "conditional" else {}
    named = {"expression": data.get("executed_branch_expression") or told.get("criteria_expression"),
             "result": data.get("executed_branch_result"), "next": data.get("executed_branch_next_block")
             or told.get("next_block_label"), "id": data.get("executed_branch_id"),
             "description": told.get("branch_description"), "evaluations": told.get("evaluations")}
    return {key: value for key, value in named.items() if value is not None}


def _chosen(data: Json) -> str | None:
    option = read_dict(data, "option")
    return read_text(option, "label") or read_text(option, "value")
