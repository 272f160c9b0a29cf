from __future__ import annotations

from typing import Any

from flask import abort, request

from ..blueprint import bp
from ..definition.changes import Impossible, change_block
from ..definition.curl_reading import BadCommand, request_of
from ..definition.walk import find
from ..drafts.rules import TooLarge
from .answers import changed, refused
from .opening import change, look

Json = dict[str, Any]


@bp.post("/<wpid>/edit/block/curl")
def update_block_from_curl(wpid: str) -> Any:
    """Fills an HTTP request block from a cURL command; what the command says nothing about stays."""
    label, command = request.form.get("label", ""), request.form.get("command", "")

    def apply(document: Json) -> tuple[Json, str]:
        block = find(document, label) or abort(404, "There is no such block in this draft any more.")
        if block.get("block_type") != "http_request":
            raise Impossible("Only an HTTP request can be filled from a cURL command.")
        return change_block(document, label, request_of(command)), f"Filled {label} from a cURL command"

    try:
        draft = change(wpid, apply)
    except (BadCommand, Impossible, TooLarge) as error:
        return refused(look(wpid), str(error), card=label)
    return changed(draft, f"{label} is filled from the command.", card=label, reloads=True, is_told=True)
