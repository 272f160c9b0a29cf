"""Workflows as their library shows them, with folders and the registry of labels (api 3.1, 3.8)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .reading import Json, parse_time, read_dict, read_int, read_list, read_text


@dataclass(frozen=True, slots=True)
class WorkflowInput:
    """What a run of the workflow is given. `default` is a text fit to show, None where there is none."""

    key: str
    kind: str
    description: str | None
    default: str | None

    @property
    def is_required(self) -> bool:
        return self.default is None


@dataclass(frozen=True, slots=True)
class WorkflowRow:
    """One workflow of the list, in its newest version. `status` is Skyvern's word."""

    wpid: str
    title: str
    description: str | None
    version: int | None
    folder_id: str | None
    status: str
    is_template: bool
    is_saved_task: bool
    blocks: int
    inputs: tuple[WorkflowInput, ...]
    modified_at: datetime | None
    problem: str | None

    @classmethod
    def from_json(cls, data: Json) -> WorkflowRow:
        """Never raises."""
        definition = read_dict(data, "workflow_definition")
        return cls(
            wpid=str(data.get("workflow_permanent_id") or ""), title=str(data.get("title") or "Untitled workflow"),
            description=read_text(data, "description"), version=read_int(data, "version"),
            folder_id=read_text(data, "folder_id"), status=str(data.get("status") or "published"),
            is_template=bool(data.get("is_template")), is_saved_task=bool(data.get("is_saved_task")),
            blocks=count_blocks(read_list(definition, "blocks")), inputs=_inputs(definition),
            modified_at=parse_time(data.get("modified_at")), problem=read_text(data, "import_error"),
        )


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of workflows and how many are in it."""

    folder_id: str
    title: str
    description: str | None
    count: int
    modified_at: datetime | None

    @classmethod
    def from_json(cls, data: Json) -> Folder:
        """Never raises."""
        return cls(str(data.get("folder_id") or ""), str(data.get("title") or "Untitled folder"),
                   read_text(data, "description"), read_int(data, "workflow_count") or 0,
                   parse_time(data.get("modified_at")))


@dataclass(frozen=True, slots=True)
class LabelGroup:
    """A group of labels, as Skyvern's registry keeps it."""

    key: str
    description: str | None
    count: int

    @classmethod
    def from_json(cls, data: Json) -> LabelGroup:
        """Never raises."""
        return cls(str(data.get("key") or ""), read_text(data, "description"), read_int(data, "workflow_count") or 0)


@dataclass(frozen=True, slots=True)
class LabelValue:
    """One value of a group, its colour (a name of Skyvern's palette) and on how many workflows it is."""

    key: str
    value: str
    colour: str
    count: int

    @property
    def text(self) -> str:
        return f"{self.key}:{self.value}"

    @classmethod
    def from_json(cls, data: Json) -> LabelValue:
        """Never raises."""
        return cls(str(data.get("key") or ""), str(data.get("value") or ""), str(data.get("color") or "gray"),
                   read_int(data, "workflow_count") or 0)


def count_blocks(blocks: list[Any]) -> int:
    """How many blocks there are, those inside loops too."""
    found, ahead = 0, list(blocks)
    while ahead:
        block = ahead.pop()
        if isinstance(block, dict):
            found += 1
            ahead += read_list(block, "loop_blocks")
    return found


def _inputs(definition: Json) -> tuple[WorkflowInput, ...]:
    return tuple(
        WorkflowInput(str(each.get("key") or ""), str(each.get("workflow_parameter_type") or "string"),
                      read_text(each, "description"), _shown(each.get("default_value")))
        for each in read_list(definition, "parameters")
        if isinstance(each, dict) and each.get("parameter_type") == "workflow")


def _shown(value: Any) -> str | None:
    if value is None:
        return None
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
