"""A form that makes something makes it once: a second press, or the form sent again, leads to what the first made.

The page gives the form a random key; a key with what was filled in is carried out by one request, in whichever worker.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import IO, Any, TypeVar

from flask import Response, abort, flash, g, make_response, request
from werkzeug.exceptions import HTTPException

from . import parcels
from .aside import aside
from .htmx import go_to_path
from .models.columns import new_id
from .recorded import may_have_changed, outcome_of
from .request import signed_in
from .skyvern.errors import SkyvernError

View = TypeVar("View", bound=Callable[..., Any])
FIELD, KIND, SHAPE = "press", "press", re.compile(r"[0-9a-f]{32}")
WAITS, TICK = 20.0, 0.1  # seconds; the browser waits for thirty
LOST = timedelta(minutes=15)  # no request takes longer: whoever began it was killed
AGAIN = "This form was sent twice. It was carried out once, and this is what came of it."
UNKNOWN = ("This form was sent before, and nobody knows yet what came of it. Look at the list first; to send it again, "
           "load the page anew.")


def press() -> str:
    """The key of the forms on this page."""
    if "press" not in g:
        g.press = new_id()
    return str(g.press)


def made_once(shown_at: str | None = None, only: tuple[str, str] | None = None) -> Callable[[View], View]:
    """A route whose form carries `{{ once() }}` and makes something. A good answer that leads nowhere is found at
    `shown_at`; without that only a redirect means that something was made. `only`: a field with the value it must have.
    """
    def guarded(view: View) -> View:
        @wraps(view)
        def pressed(*given: Any, **named: Any) -> Any:
            is_ours = SHAPE.fullmatch(request.form.get(FIELD, "")) and (only is None or only in request.form.items())
            if not is_ours:
                return view(*given, **named)
            person, key = signed_in().id, _key()
            path = _wait_for_first(person, key)
            if path is not None:
                flash(AGAIN, "info")
                return go_to_path(path)
            return _carried_out(lambda: make_response(view(*given, **named)), person, key, shown_at)

        return pressed  # type: ignore[return-value]

    return guarded


def _key() -> str:
    filled = sorted([(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"] +
                    [(name, aside(_content, file.stream)) for name, file in request.files.items(multi=True)])
    return hashlib.sha256(json.dumps([signed_in().id, request.path, filled]).encode()).hexdigest()


def _content(stream: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while piece := stream.read(1 << 20):
        digest.update(piece)
    stream.seek(0)
    return digest.hexdigest()


def _wait_for_first(person: str, key: str) -> str | None:
    """None for the first press; for every other the path to what the first made, once it is made."""
    deadline = time.monotonic() + WAITS
    while True:
        found = parcels.find(person, KIND, key)
        if found is None and parcels.begin(person, KIND, key, LOST):
            return None
        path = found[0] if found else None
        if path:
            return str(path)
        if path == "" or time.monotonic() > deadline:
            abort(409, UNKNOWN)
        time.sleep(TICK)


def _carried_out(send: Callable[[], Response], person: str, key: str, shown_at: str | None) -> Response:
    path: str | None = ""  # nobody knows; None: nothing was made, so the form may be sent again
    try:
        answer = send()
        if answer.status_code < 400:
            path = answer.headers.get("HX-Redirect") or answer.headers.get("Location") or shown_at
        elif not may_have_changed():
            path = None
        return answer
    except SkyvernError as error:
        path = "" if may_have_changed() or outcome_of(error) == "unknown" else None
        raise
    except HTTPException as error:
        path = "" if may_have_changed() or error.code == 504 else None
        raise
    finally:
        parcels.conclude(person, KIND, key, path)
