"""Tags of runs. Skyvern keeps them for workflow runs only (since 1.0.47)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..transport import Transport
from ..values.reading import read_dict, read_texts
from ..values.tag import Tag


@dataclass(frozen=True, slots=True)
class TagSuggestions:
    """What tags there are: groups with their values, and labels."""

    groups: dict[str, tuple[str, ...]]
    labels: tuple[str, ...]


class TagCalls(Transport):
    """Reading and changing the tags of runs."""

    def list_tags_of_runs(self, run_ids: list[str]) -> dict[str, tuple[Tag, ...]]:
        """`POST /v1/run-tags` for at most 200 ids: a read; unknown ids have none (api 3.8)."""
        found = self._object("POST", "/v1/run-tags", {"workflow_run_ids": run_ids})
        rows: dict[str, Any] = read_dict(found, "run_tags")
        return {run_id: tuple(Tag.from_json(t) for t in tags if isinstance(t, dict))
                for run_id, tags in rows.items() if isinstance(tags, list)}

    def suggest_run_tags(self) -> TagSuggestions:
        """`GET /v1/run-tag-suggestions`: the tags in use (api 3.8)."""
        found = self._object("GET", "/v1/run-tag-suggestions")
        by_key = read_dict(found, "values_by_key")
        return TagSuggestions({key: read_texts(by_key, key) for key in read_texts(found, "keys")},
                              read_texts(found, "labels"))

    def tag_run(self, run_id: str, tag: Tag) -> None:
        """`POST /v1/runs/{wr}/tags`: sets one tag; a group holds one value. Sent once."""
        self._call("POST", f"/v1/runs/{run_id}/tags", {"tags": [tag.document], "tags_to_delete": []})

    def untag_run(self, run_id: str, tag: Tag) -> None:
        """`POST /v1/runs/{wr}/tags`: takes one tag away; a group's goes whatever its value is. Sent once."""
        gone = {"key": tag.key} if tag.key else {"value": tag.value}
        self._call("POST", f"/v1/runs/{run_id}/tags", {"tags": [], "tags_to_delete": [gone]})
