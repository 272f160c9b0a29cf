"""The sandbox on a port of 127.0.0.1, with gevent: HTTP through the app, sockets beside it."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from gevent.pywsgi import WSGIHandler, WSGIServer

from skyvern_ui.sandbox import sockets
from skyvern_ui.sandbox.frames import Gone, Wire
from skyvern_ui.sandbox.hooks import Hooks, reset
from skyvern_ui.sandbox.world import World


class Handler(WSGIHandler):  # type: ignore[misc]
    """Takes a WebSocket out of the ordinary way once its head has been read."""

    def get_environ(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environ()
        environ["sandbox.target"] = self.path
        environ["sandbox.socket"] = self.socket
        environ["sandbox.headers"] = [[name, value] for name, value in self.headers.items()]
        return environ

    def run_application(self) -> None:
        if self.environ.get("HTTP_UPGRADE", "").lower() != "websocket":
            super().run_application()
            return
        self.close_connection = True
        self.provided_content_length = self.response_length = 0
        self.status, self.headers_sent = "101", True
        hooks, path = self.server.hooks, self.environ["PATH_INFO"]
        if hooks is not None:
            hooks.see(self.environ)
            fault = hooks.take_fault(path, "GET")
            if fault is not None:
                if fault["fault"] == "reset":
                    reset(self.socket)
                else:
                    self._refuse(int(fault.get("status", 403)))
                return
        query = dict(parse_qsl(self.environ["QUERY_STRING"]))
        status = sockets.refusal(path, query)
        if status is not None:
            self._refuse(status)
            return
        try:
            sockets.serve(self.server.world, path, query, self._accept)
        except (Gone, OSError):
            pass

    def _refuse(self, status: int) -> None:
        self.socket.sendall(f"HTTP/1.1 {status} Refused\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())

    def _accept(self) -> Wire:
        head = "".join(f"{name}: {value}\r\n" for name, value in self.environ["sandbox.headers"])
        return Wire(self.socket, f"GET {self.path} HTTP/1.1\r\n{head}\r\n".encode("latin-1"))


class Server(WSGIServer):  # type: ignore[misc]
    handler_class = Handler

    def __init__(self, port: int, app: Any, world: World, hooks: Hooks | None) -> None:
        super().__init__(("127.0.0.1", port), hooks or app, log=None, error_log=None)
        self.world, self.hooks = world, hooks
