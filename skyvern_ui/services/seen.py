"""The state that a form was filled in from, so that a later save does not silently undo somebody else's."""

from __future__ import annotations

import hashlib
import json
from typing import Any

MEANWHILE = ("Somebody changed this meanwhile. What you entered is still here: save it again to replace their change, "
             "or open the page anew to see it.")


def seen_of(*values: Any) -> str:
    """Short text that differs when one of these values does."""
    return hashlib.sha256(json.dumps(values, default=str, sort_keys=True).encode()).hexdigest()[:16]


def is_stale(form: Any, state: str) -> bool:
    """Whether a form was filled in from another state. Then it says so, and will pass the next time."""
    if form.seen.data == state:
        return False
    form.seen.data, form.form_errors = state, [MEANWHILE]
    return True
