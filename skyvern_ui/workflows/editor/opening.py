"""The draft that a request is about: the person's own, or the workflow as Skyvern has it while nothing was changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort

from ...access import find_workflow, wpid_or_404
from ...request import signed_in
from ..drafts.rules import Draft, Stale, current, is_new_ref, looked_at, step

Json = dict[str, Any]
TRIES = 8  # windows of one person that change the same draft in the same moment


def look(wpid: str) -> Draft:
    """The draft as it is, or 404: drafts are private. Asks Skyvern only when the person has none. Errors of Skyvern
    pass."""
    person = signed_in()
    if not is_new_ref(wpid):
        wpid_or_404(wpid)
    found = current(person.id, wpid)
    if found is not None:
        return found
    if is_new_ref(wpid):
        abort(404, "There is no such draft, or it was saved or thrown away.")
    return looked_at(person.id, wpid, find_workflow(wpid))


def change(wpid: str, apply: Callable[[Json], tuple[Json, str]], joins: bool = False) -> Draft:
    """The draft after a change to its newest document; `apply` answers the document and what was done, in words, and is
    called again when another window was faster. Raises what it raises, and TooLarge."""
    for _ in range(TRIES):
        draft = look(wpid)
        document, what = apply(draft.document)
        try:
            return step(draft, document, what, joins)
        except Stale:
            continue
    return abort(409, "Another window changes this draft all the time. Nothing was written.")
