"""The types of blocks and parameters of Skyvern 1.0.56, and the settings of a workflow: one description of each."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from .browser_blocks import BROWSER_BLOCKS
from .data_blocks import DATA_BLOCKS
from .file_blocks import FILE_BLOCKS
from .flow_blocks import FLOW_BLOCKS
from .kinds import Field, Kind
from .message_blocks import MESSAGE_BLOCKS
from .parameters import PARAMETER_KINDS, WORKFLOW_PARAMETER_TYPES
from .settings import DEFINITION_SETTINGS, SETTINGS

__all__ = ["BLOCKS", "CATEGORIES", "DEFINITION_SETTINGS", "PARAMETERS", "SETTINGS", "WORKFLOW_PARAMETER_TYPES", "Field",
           "Kind", "kind_of", "parameter_kind_of", "start", "start_parameter", "takes"]

Json = dict[str, Any]

CATEGORIES = (("browser", "Browser"), ("data", "Data"), ("flow", "Flow"), ("files", "Files"),
              ("messages", "Messages"))
BLOCKS: dict[str, Kind] = {
    each.name: each for each in (*BROWSER_BLOCKS, *DATA_BLOCKS, *FLOW_BLOCKS, *FILE_BLOCKS, *MESSAGE_BLOCKS)}
PARAMETERS: dict[str, Kind] = {each.name: each for each in PARAMETER_KINDS}
# What every block has beside its fields, drawn by the editor itself.
STRUCTURE = ("block_type", "label", "next_block_label")
_NAMES = {name: frozenset({*STRUCTURE, *(field.name for field in each.fields)}) for name, each in BLOCKS.items()}


def kind_of(block_type: Any) -> Kind:
    """The type of that name; one that is not known (from a newer server) has no fields and category "unknown"."""
    return BLOCKS[block_type] if isinstance(block_type, str) and block_type in BLOCKS else _unknown(block_type)


def parameter_kind_of(parameter_type: Any) -> Kind:
    """The type of parameter of that name; one that is not known has no fields and category "unknown"."""
    return (PARAMETERS[parameter_type] if isinstance(parameter_type, str) and parameter_type in PARAMETERS
            else _unknown(parameter_type))


def takes(block_type: str, key: str) -> bool:
    """Whether blocks of that type are sent with a key of that name; of an unknown type everything is."""
    names = _NAMES.get(block_type)
    return names is None or key in names


def start(block_type: str, label: str) -> Json:
    """A new block, which Skyvern accepts as soon as its required fields are filled."""
    return {"block_type": block_type, "label": label, **deepcopy(dict(kind_of(block_type).start))}


def start_parameter(parameter_type: str, key: str) -> Json:
    """A new parameter, which Skyvern accepts as soon as its required fields are filled."""
    return {"parameter_type": parameter_type, "key": key, **deepcopy(dict(parameter_kind_of(parameter_type).start))}


def _unknown(name: Any) -> Kind:
    shown = name if isinstance(name, str) and name else "no type"
    return Kind(shown, f"Unknown: {shown}", "circle-help", "unknown",
                "A newer Skyvern made this. It is kept and sent back as it is.", ())
