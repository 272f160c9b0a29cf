"""Starting a workflow: what stands in the way, with which files, and the start itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...audit import Actor
from ...claims import claim
from ...recorded import send_recorded
from ...runs.after_rules import remember
from ...skyvern.calls.launching import Readable
from ...skyvern.client import Skyvern
from ...skyvern.errors import SkyvernError
from ...skyvern.values import Run
from ...skyvern.values.credential import BrowserProfile, Credential
from ...skyvern.values.reading import read_dict, read_list
from ...tasks.rules import begin
from ..definition.document import document_of
from ..definition.problems import problems
from .inputs import LOGIN, Input

MOST_PAGES, MOST_TOLD = 10, 5


@dataclass(frozen=True, slots=True)
class Choices:
    """What the pickers of the form offer. `told` is false where Skyvern did not say, so ids are typed instead."""

    credentials: tuple[Credential, ...] = ()
    told: bool = True

    def named(self, one: Input) -> list[tuple[str, str]]:
        """(id, label) of the credentials that this input may be given."""
        known = {each.credential_id: each.label for each in self.credentials}
        if one.kind == LOGIN:
            return [(each, known.get(each, each)) for each in one.choices]
        return list(known.items())


def choices_for(skyvern: Skyvern, inputs: tuple[Input, ...]) -> Choices:
    """The credentials, where an input asks for one. Raises nothing: without them, ids can be typed."""
    if not any(each.kind in ("credential_id", LOGIN) for each in inputs):
        return Choices()
    found: list[Credential] = []
    try:
        for page in range(1, MOST_PAGES + 1):
            rows = skyvern.list_credentials(page)
            found += rows
            if len(rows) < 100:
                break
    except SkyvernError:
        return Choices(told=False)
    return Choices(tuple(sorted(found, key=lambda each: each.name.casefold())))


def browsers_for(skyvern: Skyvern) -> tuple[list[str], list[BrowserProfile]]:
    """(ids of open sessions, profiles) to suggest. Raises nothing: what is not told is not suggested."""
    try:
        sessions = [each.session_id for each in skyvern.list_browser_sessions()]
    except SkyvernError:
        sessions = []
    try:
        return sessions, skyvern.list_browser_profiles()
    except SkyvernError:
        return sessions, []


def is_empty(workflow: Mapping[str, Any]) -> bool:
    """True for a workflow without blocks, which Skyvern refuses to run."""
    return not read_list(read_dict(workflow, "workflow_definition"), "blocks")


def stopping(workflow: dict[str, Any]) -> list[str]:
    """What is wrong with the workflow so that its run would fail, the first few, each with where it is."""
    found = [each for each in problems(document_of(workflow)) if each.stops]
    return [f"{each.name}: {each.sentence}" if each.name else each.sentence for each in found[:MOST_TOLD]]


def upload(skyvern: Skyvern, name: str, media_type: str, file: Readable, size: int, actor: Actor) -> str:
    """Hands a file to Skyvern, recorded and claimed; where it lies, as an input names it. `size` in bytes. Sent once.
    Raises the errors of Skyvern."""
    where, file_id = send_recorded(lambda: skyvern.upload_file(name, media_type, file, size), actor, "file.upload",
                                   None, resource="file", made=lambda answer: answer[1], name=name[-200:], bytes=size)
    if file_id:
        claim(file_id, "file", actor)
    return where


def start_workflow(skyvern: Skyvern, body: dict[str, Any], actor: Actor, *, version: int | None = None,
                   origin: str | None = None, **details: Any) -> Run:
    """One run of a workflow, started once; `body` is that of `POST /v1/run/workflows`. With a `version` it is that one,
    else the newest. `origin` is the run that it was filled in from. Raises the errors of Skyvern; the audit row says
    how it ended."""
    wpid = str(body["workflow_id"])
    run = begin(lambda: skyvern.run_version(wpid, version, body) if version else skyvern.run_workflow(body),
                actor, "run.create", workflow=wpid, version=version, origin=origin, **details)
    if origin:
        remember(run.run_id, origin, "changed")
    return run
