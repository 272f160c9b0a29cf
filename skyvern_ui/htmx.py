"""Answers that HTMX understands; without it the same route answers as a plain page would."""

from __future__ import annotations

import json

from flask import Response, redirect, render_template, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from .request import is_htmx


def go_to(endpoint: str, **values: object) -> WerkzeugResponse:
    """Leads to another page: 303, or HX-Redirect when HTMX asked."""
    return go_to_path(url_for(endpoint, **values))  # type: ignore[arg-type]


def go_to_path(path: str) -> WerkzeugResponse:
    """As go_to, for a path of ours that was checked."""
    if is_htmx():
        return Response(status=204, headers={"HX-Redirect": path})
    return redirect(path, 303)


def fragment(template: str, status: int = 200, toast: str | None = None, **values: object) -> Response:
    """A fragment, with a word for the corner of the screen if there is one."""
    response = Response(render_template(template, **values), status)
    if toast:
        response.headers["HX-Trigger"] = json.dumps({"toast": {"kind": "ok", "text": toast}})
    return response


def invalid(page: str, form_fragment: str, **values: object) -> Response:
    """A form with its errors: 422, as a fragment to HTMX and as the whole page otherwise."""
    return Response(render_template(form_fragment if is_htmx() else page, **values), 422)
