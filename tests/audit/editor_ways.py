"""The ways out of the editor that change something at Skyvern. What changes one's own draft only is not recorded: it is
nobody else's, and a save says what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask

from ..sandbox_server import Sandbox
from ..support.people import Browser
from ..workflows.editor.documents import small
from ..workflows.editor.pages import Desk

OWN_DRAFT = {
    "workflows.create_draft", "workflows.create_draft_removal", "workflows.update_position", "workflows.update_base",
    "workflows.update_block", "workflows.create_block", "workflows.create_block_copy", "workflows.create_block_removal",
    "workflows.update_block_place", "workflows.update_ways", "workflows.update_parameter", "workflows.update_settings",
    "workflows.create_parameter", "workflows.create_parameter_removal", "workflows.update_parameter_place",
    "workflows.update_text", "workflows.update_name", "workflows.update_block_from_curl",
}


def changed(ada: Browser, sandbox: Sandbox) -> Desk:
    desk = Desk(ada, sandbox.workflow(small()))
    desk.type("rest", wait_sec="8")
    return desk


WAYS: dict[str, Callable[[Flask, Browser, Sandbox], Any]] = {
    "workflows.create_save": lambda app, ada, sandbox: changed(ada, sandbox).save(),
    "workflows.create_copy_of_draft": lambda app, ada, sandbox: changed(ada, sandbox).post("copies", False),
}
