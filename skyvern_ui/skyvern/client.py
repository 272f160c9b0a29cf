"""Skyvern's API as one object: its calls live by noun in `calls/`, how they travel in `transport.py`.

Bytes and sockets go through `relay`. Every method raises the tree of `errors.py`.
"""

from __future__ import annotations

from .calls.artifacts import ArtifactCalls
from .calls.browsers import BrowserCalls
from .calls.runs import RunCalls
from .calls.server import ServerCalls
from .calls.workflows import WorkflowCalls

__all__ = ["Skyvern"]


class Skyvern(RunCalls, ArtifactCalls, WorkflowCalls, BrowserCalls, ServerCalls):
    """One Skyvern, as reached by one connection. Cheap to make; its sockets are shared by the process."""
