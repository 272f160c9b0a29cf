"""How a WebSocket route is written: flask-sock's spelling, our own relay's sockets.

flask-sock hands out simple-websocket, which corrupts large frames for slow viewers (docs/architecture.md). Here the
view answers before the handshake: it checks, then returns what to do with the socket, or a refusal. So whoever may
not come in gets an HTTP status and never a 101.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any, cast

import flask_sock
from flask import Response, request
from flask.sansio.scaffold import Scaffold
from flask.typing import ResponseReturnValue

from .extensions import db
from .relay.wire import Closed, ServerSocket, handshake_refusal
from .rush import Rush, come_back_in

Run = Callable[[ServerSocket], None]
SMALL = 64 * 1024
RUSH = Rush()


class Sock(flask_sock.Sock):
    """`@sock.route(path, bp)` over a view that returns a function of the open socket.

    The function's attribute `most`, if it has one, is the largest message taken from the browser, in bytes.
    """

    def route(self, path: str, bp: Scaffold | None = None, **options: Any) -> Any:
        def decorator(view: Callable[..., Run | ResponseReturnValue]) -> Callable[..., Any]:
            @wraps(view)
            def websocket_route(*args: Any, **kwargs: Any) -> Any:
                refusal = handshake_refusal(request.environ)
                if refusal is not None:
                    return Response(refusal.sentence + "\n", refusal.status, dict(refusal.headers), "text/plain")
                if RUSH.is_on():
                    return Response("Too many sockets are being opened at once. Try again in a moment.\n", 503,
                                    {"Retry-After": str(come_back_in())}, "text/plain")
                answer = view(*args, **kwargs)
                if not callable(answer) or isinstance(answer, Response):
                    return answer
                run = cast(Run, answer)
                db.session.remove()
                with suppress(Closed):
                    leg = ServerSocket.accept(request.environ, most=getattr(run, "most", SMALL))
                    try:
                        run(leg)
                    finally:
                        leg.abort()
                return Upgraded()

            scaffold = bp or self.bp
            return scaffold.route(path, websocket=True, **options)(websocket_route)

        return decorator


class Upgraded(Response):
    """The end of a request whose socket was taken over: the server must write nothing more."""

    def __call__(self, environ: Any, start_response: Any) -> Any:
        if "gunicorn.socket" in environ:
            raise StopIteration
        return super().__call__(environ, start_response)


sock = Sock()
