"""What the mends share: the state they start from, the password that is asked again, how it is told after."""

from __future__ import annotations

from typing import Any, cast

from flask import current_app, flash

from ...auth.limits import TooMany
from ...auth.rules import prove
from ...request import settings, signed_in
from ...sealed import Sealer
from ..finding import Finding
from .forms import MendForm
from .rules import State, read_state, verify

OVERTAKEN = ("Somebody else was quicker", "The settings were changed after this page was drawn, so nothing was changed "
                                          "now. Below is how things stand.")


def sealer() -> Sealer:
    return cast(Sealer, current_app.extensions["sealer"])


def state_now() -> State:
    return read_state(settings(), sealer())


def is_proven(form: MendForm) -> bool:
    """Whether the person's own password was given again; else the form says so."""
    try:
        if prove(signed_in().id, form.password.data or ""):
            return True
        form.password.errors = ["This is not your password."]
    except TooMany:
        form.password.errors = ["Too many tries. Wait a few minutes."]
    return False


def tell_how_it_is() -> list[Finding]:
    """Verifies the mend and flashes what was found."""
    found = verify(state_now(), settings())
    worst = next((each for each in found if each.verdict != "ok"), None)
    if worst is None:
        flash("Mended: Skyvern answers and accepts the key.", "ok")
    else:
        kind = "bad" if worst.verdict == "fail" else "warn"
        flash(f"Stored. What is wrong now: {worst.title}. {worst.explain}", kind)
    return found


def leads_to(found: list[Finding]) -> str:
    """Where to go after a mend: to the next one if there is something to mend, else back to the doctor."""
    bad: Any = next((each for each in found if each.verdict == "fail" and each.mend), None)
    return bad.mend if bad else "/doctor"
