"""The inputs of a run that is started again with others: those of its workflow (workflows/launch/inputs.py)."""

from __future__ import annotations

from ..workflows.launch.inputs import BadValue, read_value
from ..workflows.launch.inputs import Input as Parameter
from ..workflows.launch.inputs import inputs_of as parameters_of

__all__ = ["BadValue", "Parameter", "parameters_of", "read_value"]
