"""How versions are brought back, saved browsers forgotten and blocks tried, for the test that each leaves its row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask

from ..sandbox_server import Sandbox
from ..support.people import Browser
from ..support.server import wait_for
from ..workflows.lamps import lamps, save


def restored(ada: Browser, sandbox: Sandbox) -> None:
    wpid = lamps(sandbox)
    save(sandbox, wpid, title="B")
    assert ada.post(f"/workflows/{wpid}/versions/1/restoration", {"seen": "2"}).status == 303


def tried(ada: Browser, sandbox: Sandbox, *afterwards: str) -> None:
    """A try of a slow block, and what is posted after it."""
    wpid = lamps(sandbox)
    save(sandbox, wpid, look_at_large="Wait [slow]")
    assert ada.post(f"/workflows/{wpid}/try", {"alone": "look_at_large"}).status == 303
    for path in afterwards:
        assert ada.post(f"/workflows/{wpid}/try/{path}").status == 303


def gone_on(ada: Browser, sandbox: Sandbox) -> None:
    """A try from a block on, and the block after it."""
    wpid = lamps(sandbox)
    assert ada.post(f"/workflows/{wpid}/try", {"onwards": "stock"}).status == 303

    def next_form() -> Any:
        return ada.get(f"/workflows/{wpid}/try/state").all("form[action$='/try/next'] input[name=after]")

    (after,) = wait_for(next_form, 20, "the first block to end")
    assert ada.post(f"/workflows/{wpid}/try/next", {"after": after["value"]}).status == 303


WAYS: dict[str, Callable[[Flask, Browser, Sandbox], Any]] = {
    "workflows.create_profile_reset": lambda app, ada, s: ada.post(f"/workflows/{lamps(s)}/profile"),
    "workflows.create_restoration": lambda app, ada, s: restored(ada, s),
    "workflows.create_trial": lambda app, ada, s: tried(ada, s),
    "workflows.create_trial_stop": lambda app, ada, s: tried(ada, s, "stop"),
    "workflows.create_next_trial": lambda app, ada, s: gone_on(ada, s),
    "workflows.delete_trials": lambda app, ada, s: tried(ada, s, "outputs/removal"),
    "workflows.create_trial_browser": lambda app, ada, s: ada.post(f"/workflows/{lamps(s)}/try/browser"),
    "workflows.create_trial_browser_closing": lambda app, ada, s: tried(ada, s, "browser/closing"),
    "workflows.create_trial_browser_extension": lambda app, ada, s: tried(ada, s, "browser/extension"),
}
