"""How a type of block or parameter is described: once, and every form, check and hint is drawn from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

# What a field holds, and so which control is drawn and how what was typed is read. `template` and `address` are one
# line in which Jinja works; "value" is the default of an input, whose type its `workflow_parameter_type` says.
CONTROLS = (
    "text", "long_text", "template", "long_template", "code", "number", "decimal", "flag", "choice", "list", "map",
    "json", "schema", "address", "secret", "parameter", "parameters", "credential", "credentials", "model", "workflow",
    "block", "branches", "blocks", "condition", "proxy", "retry", "value",
)
GROUPS = ("main", "page", "output", "limits", "errors", "code", "storage", "e-mail", "sign-in", "more")
# What JSON each control makes; a field may say otherwise by its own `shapes`.
SHAPES: dict[str, tuple[str, ...]] = {
    "number": ("number",), "decimal": ("decimal",), "flag": ("flag",), "list": ("texts",), "map": ("map",),
    "json": ("object",), "schema": ("object", "array", "text"), "parameters": ("texts",), "credentials": ("texts",),
    "model": ("object",), "branches": ("array",), "blocks": ("array",), "condition": ("object",),
    "proxy": ("text", "object"), "retry": ("object",),
    "value": ("text", "number", "decimal", "flag", "object", "array"),
}


@dataclass(frozen=True)
class Field:
    """One field, by Skyvern's own `name`. `default` is what Skyvern takes when the key is not sent; `common` fields are
    shown first and open. `when` names another field and the values of it (as text; "true" and "false" of a flag) with
    which this one means anything. `least` and `most` bound a number, or the length of a text."""

    name: str
    control: str
    label: str
    help: str = ""
    group: str = "main"
    default: Any = None
    required: bool = False
    common: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    least: float | None = None
    most: float | None = None
    example: str = ""
    when: tuple[str, tuple[str, ...]] | None = None
    shapes: tuple[str, ...] = ()
    clearable: bool = False  # null is taken although the default is something else

    @property
    def takes(self) -> tuple[str, ...]:
        """What JSON it may be: text, number (whole), decimal, flag, texts (list of text), map (text to text), object,
        array."""
        return self.shapes or SHAPES.get(self.control, ("text",))

    @property
    def takes_null(self) -> bool:
        return self.clearable or (not self.required and self.default is None)


@dataclass(frozen=True)
class Kind:
    """A type of block or of parameter: Skyvern's `name`, ours in words, what it is for, its fields, and what a new one
    begins with."""

    name: str
    title: str
    icon: str
    category: str
    help: str
    fields: tuple[Field, ...]
    start: tuple[tuple[str, Any], ...] = ()
    deprecated: bool = False

    @cached_property
    def by_name(self) -> dict[str, Field]:
        return {each.name: each for each in self.fields}

    def field(self, name: str) -> Field | None:
        return self.by_name.get(name)

    def applies(self, field: Field, values: dict[str, Any]) -> bool:
        """Whether the field means anything beside these values (its `when`); false never means it may be lost."""
        if field.when is None:
            return True
        name, wanted = field.when
        other = self.field(name)
        value = values.get(name, other.default if other else None)
        said = str(value).lower() if isinstance(value, bool) else str(value or (other.default if other else "") or "")
        return said in wanted
