"""Labels of workflows, which Skyvern calls tags (since 1.0.37), and their registry (1.0.44)."""

from __future__ import annotations

from typing import Any

from ..transport import Transport
from ..values.library import LabelGroup, LabelValue
from ..values.reading import read_dict, read_int
from ..values.tag import Tag


class LabelCalls(Transport):
    """Which workflow carries which label, and the groups, values and colours there are."""

    def list_labels_of_workflows(self, wpids: list[str]) -> dict[str, tuple[Tag, ...]]:
        """`POST /v1/workflow-tags` for at most 200 ids: a read; unknown ids have none (api 3.8)."""
        found = self._object("POST", "/v1/workflow-tags", {"workflow_permanent_ids": wpids})
        rows: dict[str, Any] = read_dict(found, "workflow_tags")
        return {wpid: tuple(Tag.from_json(t) for t in tags if isinstance(t, dict))
                for wpid, tags in rows.items() if isinstance(tags, list)}

    def change_labels(self, wpid: str, wanted: list[Tag], gone: list[Tag]) -> None:
        """`POST /v1/workflows/{wpid}/tags`: sets some and takes others; a group holds one value. Sent once."""
        body = {"tags": [tag.document for tag in wanted],
                "tags_to_delete": [{"key": tag.key} if tag.key else {"value": tag.value} for tag in gone]}
        self._call("POST", f"/v1/workflows/{wpid}/tags", body)

    def list_label_groups(self) -> list[LabelGroup]:
        """`GET /v1/tag-keys` (api 3.8)."""
        return [LabelGroup.from_json(row) for row in self._rows("/v1/tag-keys")]

    def list_label_values(self) -> list[LabelValue]:
        """`GET /v1/tag-values`: of all groups (api 3.8)."""
        return [LabelValue.from_json(row) for row in self._rows("/v1/tag-values")]

    def describe_label_group(self, key: str, description: str) -> None:
        """`PATCH /v1/tag-keys/{key}`; an empty text takes the description away. Sent once."""
        self._call("PATCH", f"/v1/tag-keys/{key}", {"description": description or None})

    def delete_label_group(self, key: str) -> int:
        """`DELETE /v1/tag-keys/{key}`: with its values, from runs too. How many workflows had one. Sent once."""
        return read_int(self._object("DELETE", f"/v1/tag-keys/{key}"), "removed_from_workflow_count") or 0

    def create_label_value(self, key: str, value: str, colour: str) -> None:
        """`POST /v1/tag-values` (1.0.47): 409 where it is registered. Sent once."""
        self._call("POST", "/v1/tag-values", {"key": key, "value": value, "color": colour})

    def recolour_label_value(self, key: str, value: str, colour: str) -> None:
        """`PATCH /v1/tag-values/{key}`: 404 where it is not registered. Sent once."""
        self._call("PATCH", f"/v1/tag-values/{key}", {"value": value, "color": colour})

    def rename_label_value(self, key: str, value: str, wanted: str) -> int:
        """`PATCH /v1/tag-values/{key}/rename`: 409 where the other name exists. How many workflows. Sent once."""
        body = {"value": value, "new_value": wanted}
        return read_int(self._object("PATCH", f"/v1/tag-values/{key}/rename", body), "renamed_workflow_count") or 0

    def delete_label_value(self, key: str, value: str) -> int:
        """`DELETE /v1/tag-values/{key}`: from workflows and runs. How many workflows had it. Sent once."""
        found = self._object("DELETE", f"/v1/tag-values/{key}", {"value": value})
        return read_int(found, "removed_from_workflow_count") or 0
