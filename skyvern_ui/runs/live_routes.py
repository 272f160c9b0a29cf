from __future__ import annotations

from typing import Any

from ..access import find_run, skyvern
from ..request import signed_in
from ..sockets import sock
from .blueprint import bp
from .viewing import watched


@sock.route("/<run_id>/frames", bp)
def watch_run(run_id: str) -> Any:
    """What the browser of this run shows: states as text, pictures as binary messages. Read-only."""
    return watched(skyvern().with_browser(find_run(signed_in(), run_id)))
