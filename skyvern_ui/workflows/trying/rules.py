"""Opening the browser in which a person tries, and starting a try: recorded, sent once, claimed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...audit import Actor
from ...claims import claim
from ...recorded import send_recorded
from ...skyvern.client import Skyvern
from ...skyvern.errors import Missing, Rejected
from ...skyvern.values import Run
from ...tasks.rules import begin
from .trial_rules import keep_browser, keep_trial

MINUTES = 60
Json = dict[str, Any]


def open_browser(skyvern: Skyvern, wpid: str, actor: Actor) -> str:
    """A browser for an hour, in which this person tries from now on; its id. Raises the errors of Skyvern."""
    session = send_recorded(lambda: skyvern.create_browser_session(MINUTES), actor, "browser_session.create", None,
                            resource="browser_session", made=lambda made: made.session_id, workflow=wpid)
    claim(session.session_id, "browser_session", actor)
    keep_browser(actor.id or "", wpid, session.session_id)
    return session.session_id


def close_browser(skyvern: Skyvern, wpid: str, session_id: str, actor: Actor) -> None:
    """Closes it; one that is gone already is closed too. Raises the other errors of Skyvern."""
    try:
        send_recorded(lambda: skyvern.close_browser_session(session_id), actor, "browser_session.close", session_id,
                      resource="browser_session", workflow=wpid)
    except (Missing, Rejected):
        pass
    keep_browser(actor.id or "", wpid, None)


def extend_browser(skyvern: Skyvern, wpid: str, session_id: str, actor: Actor) -> None:
    """Half an hour more. Raises Missing where the release cannot, Rejected at its greatest age, and the others."""
    send_recorded(lambda: skyvern.extend_browser_session(session_id, MINUTES // 2), actor, "browser_session.extend",
                  session_id, resource="browser_session", workflow=wpid)


def start_trial(skyvern: Skyvern, workflow: Json, labels: Sequence[str], values: Json, outputs: Json, session_id: str,
                actor: Actor) -> Run:
    """Runs the first of these blocks of the newest version in that browser, with what others gave before; the rest is
    noted, to follow it. Raises the errors of Skyvern.

    One block at a time, because Skyvern 1.0.56 fails with a 500 for more: its table of block runs has the run as its
    key, and holds one block of each.

    The run names the browser as its `debug_session_id`, a text that Skyvern 1.0.56 keeps and looks nothing up by: so
    tries stay out of the lists of runs and of what is counted as reliable."""
    wpid = str(workflow["workflow_permanent_id"])
    body = {"workflow_id": wpid, "block_labels": [labels[0]], "parameters": values, "block_outputs": outputs,
            "browser_session_id": session_id, "debug_session_id": session_id}
    run = begin(lambda: skyvern.run_blocks(body), actor, "run.create", workflow=wpid, block=labels[0], how="try")
    keep_trial(actor.id or "", wpid, run.run_id, labels[0], labels[1:], workflow.get("version"))
    return run
