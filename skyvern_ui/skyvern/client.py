"""Skyvern's API as one object: its calls live by noun in `calls/`, how they travel in `transport.py`.

Bytes and sockets go through `relay`. Every method raises the tree of `errors.py`.
"""

from __future__ import annotations

from .calls.after import AfterCalls
from .calls.artifacts import ArtifactCalls
from .calls.browsers import BrowserCalls
from .calls.credentials import CredentialCalls
from .calls.folders import FolderCalls
from .calls.humans import HumanCalls
from .calls.labels import LabelCalls
from .calls.launching import LaunchCalls
from .calls.library import LibraryCalls
from .calls.lists import ListCalls
from .calls.llms import LlmCalls
from .calls.runs import RunCalls
from .calls.schedules import ScheduleCalls
from .calls.scripts import ScriptCalls
from .calls.server import ServerCalls
from .calls.tags import TagCalls
from .calls.timelines import TimelineCalls
from .calls.trying import TryingCalls
from .calls.versions import VersionCalls
from .calls.workflows import WorkflowCalls

__all__ = ["Skyvern"]


class Skyvern(RunCalls, ListCalls, TagCalls, AfterCalls, TimelineCalls, ArtifactCalls, ScriptCalls, ScheduleCalls,
              WorkflowCalls, VersionCalls, TryingCalls, LibraryCalls, FolderCalls, LabelCalls, CredentialCalls,
              LaunchCalls, BrowserCalls, HumanCalls, LlmCalls, ServerCalls):
    """One Skyvern, as reached by one connection. Cheap to make; its sockets are shared by the process."""
