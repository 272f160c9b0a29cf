"""Where to go after signing in: a path of ours, or the dashboard."""

from __future__ import annotations

import re

HOME = "/dashboard"
PATH = re.compile(r"/(?:[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_.-]+)*/?)?(?:\?[A-Za-z0-9_.~=&%+,:*-]*)?")
CLOSED = ("/api/", "/login", "/logout", "/setup", "/static/", "/artifacts/", "/password/", "/healthz", "/readyz")


def next_page(wanted: str | None) -> str:
    """`wanted` if it is a plain path of one of our pages, else the dashboard.

    An allow-list of characters, not a block-list of tricks: no second slash at the start, no backslash, no control
    character, no colon before the query, no percent escape in the path.
    """
    if not wanted or len(wanted) > 1000 or not PATH.fullmatch(wanted) or ".." in wanted.split("?")[0]:
        return HOME
    if wanted == "/" or any(wanted == c.rstrip("/") or wanted.startswith(c) for c in CLOSED):
        return HOME
    return wanted
