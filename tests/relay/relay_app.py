"""A gunicorn application that relays GET to the loopback port named in the query, as the proxy does."""

from __future__ import annotations

from gevent import monkey  # type: ignore[import-untyped]

monkey.patch_all()

import os  # noqa: E402
from collections.abc import Callable, Iterable  # noqa: E402
from typing import Any  # noqa: E402

from skyvern_ui.relay.headers import response_headers  # noqa: E402
from skyvern_ui.relay.http import Pool  # noqa: E402
from skyvern_ui.relay.key_scan import KeyScan  # noqa: E402
from skyvern_ui.relay.stream import relay_body  # noqa: E402
from skyvern_ui.relay.watchman import WATCHMAN  # noqa: E402
from skyvern_ui.skyvern.errors import SkyvernError  # noqa: E402
from tests.relay.relay_names import KEY  # noqa: E402

POOLS: dict[int, Pool] = {}


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """`/state` tells what is open here; everything else is relayed."""
    if environ["PATH_INFO"] == "/state":
        start_response("200 OK", [])
        return [b"%d %d" % (len(WATCHMAN), len(os.listdir("/proc/self/fd")))]
    port = int(environ["QUERY_STRING"])
    pool = POOLS.setdefault(port, Pool("http", "127.0.0.1", port))
    try:
        answer = pool.open(
            environ["REQUEST_METHOD"],
            environ["PATH_INFO"],
            [("host", "upstream")],
            first_byte=10,
            total=20,
            client=environ["gunicorn.socket"],
        )
        scan = KeyScan([KEY])
        headers = response_headers(answer.headers, scan)
        body = relay_body(answer, scan)
    except SkyvernError as error:
        start_response(f"{error.status} No", [("content-type", "text/plain")])
        return [error.code.encode()]
    start_response(f"{answer.status} OK", headers)
    return body if body.whole is None else [body.whole]
