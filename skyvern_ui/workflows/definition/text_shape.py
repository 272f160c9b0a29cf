"""Whether what a text says has the outline of a workflow, and where it has not."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
DEEPEST = 250  # mappings and lists in each other
MOST_VALUES = 60_000  # after aliases were copied
MOST_BLOCKS = 2000  # those inside loops too


class BadText(Exception):
    """The text is no workflow. `line` and `column` count from 1."""

    def __init__(self, sentence: str, line: int = 1, column: int = 1) -> None:
        super().__init__(sentence)
        self.sentence, self.line, self.column = sentence, line, column


def checked(root: Any, marks: dict[int, Any]) -> Json:
    """The document, if its outline is that of one: an object, with lists of objects where blocks and parameters are."""
    if not isinstance(root, dict):
        raise BadText("A workflow is a list of names and values, beginning with “title:”.", 1, 1)
    definition = root.get("workflow_definition")
    if definition is None:
        raise BadText("“workflow_definition” with “parameters” and “blocks” is missing.", 1, 1)
    if not isinstance(definition, dict):
        raise BadText("“workflow_definition” must hold “parameters” and “blocks”.")
    waiting, count = [("parameters", definition), ("blocks", definition)], 0
    while waiting:
        name, holder = waiting.pop()
        found = holder.get(name)
        if name == "loop_blocks" and found is None and name not in holder:
            continue
        where = marks.get(id(found)) or marks.get(id(holder))
        if not isinstance(found, list):
            raise BadText(f"“{name}” must be a list.", *place_of(where))
        for each in found:
            if not isinstance(each, dict):
                raise BadText(f"Each of “{name}” must be a list of names and values.",
                              *place_of(marks.get(id(each)) or where))
            if name != "parameters":
                count += 1
                if count > MOST_BLOCKS:
                    raise BadText(f"There are more than {MOST_BLOCKS:,} blocks, those inside loops too. Make it "
                                  "several workflows that start each other.", *place_of(marks.get(id(each)) or where))
                waiting.append(("loop_blocks", each))
    return root


def place_of(mark: Any) -> tuple[int, int]:
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
