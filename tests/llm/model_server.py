"""A model that is a small socket server: what it answers to which question is written in the test, byte by byte."""

from __future__ import annotations

import base64
import json
import re
import socket
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from skyvern_ui.llm.picture import COLOURS
from skyvern_ui.llm.upstream import Upstream

from ..relay.fault_server import FaultServer, speaking

KEY = "sk-test-7f3a91c0d2e84b55"
Script = Callable[[str, str, Any], bytes]  # method, path, decoded body -> the bytes of the answer


def http(status: int, body: Any = b"", *headers: str, kind: str = "application/json") -> bytes:
    """An answer with a length; what is no bytes goes as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    lines = [f"HTTP/1.1 {status} Said", f"content-type: {kind}", f"content-length: {len(raw)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + raw


def models(*names: str) -> bytes:
    return http(200, {"object": "list", "data": [{"id": name, "object": "model"} for name in names]})


def says(text: str, finish: str = "stop") -> bytes:
    return http(200, {"choices": [{"index": 0, "finish_reason": finish,
                                   "message": {"role": "assistant", "content": text}}]})


def shown_colour(body: Any) -> str | None:
    """The colour of the picture in a question, read from its pixels; None when there is no picture."""
    content = body["messages"][0]["content"]
    if isinstance(content, str):
        return None
    url = next(part["image_url"]["url"] for part in content if part["type"] == "image_url")
    raw = base64.b64decode(url.partition(",")[2])
    assert raw.startswith(b"\x89PNG\r\n\x1a\n")
    width, height, depth, kind = struct.unpack(">IIBB", raw[16:26])
    assert width >= 64 and height >= 64 and (depth, kind) == (8, 2)
    place = raw.index(b"IDAT")
    length = struct.unpack(">I", raw[place - 4:place])[0]
    pixels = zlib.decompress(raw[place + 4:place + 4 + length])
    assert len(pixels) == height * (width * 3 + 1)
    return next(name for name, (rgb, _) in COLOURS.items() if bytes(rgb) == pixels[1:4])


def seeing(method: str, path: str, body: Any) -> bytes:
    """A good model: lists itself, writes JSON, sees."""
    if path == "/v1/models":
        return models("glm46v", "qwen-max", "deepseek-chat")
    if path != "/v1/chat/completions":
        return http(404, {"detail": "Not Found"})
    if colour := shown_colour(body):
        return says(f"The picture is {colour}.")
    return says('{"colour": "green", "number": 7}' if "response_format" in body else "ok")


class Model:
    """The running server."""

    def __init__(self, server: FaultServer) -> None:
        self.server = server
        self.base = f"http://127.0.0.1:{server.port}/v1"

    def upstream(self, key: str = KEY, model: str = "glm46v", base: str = "") -> Upstream:
        return Upstream("gateway", "The model", base or self.base, key, model, "LLM_UPSTREAM_URL")

    @property
    def asked(self) -> list[str]:
        """Method and path of each question."""
        return [" ".join(each.split(b"\r\n")[0].decode().split()[:2]) for each in self.server.requests]

    def bodies(self, path: str = "/chat/completions") -> list[dict[str, Any]]:
        """The decoded bodies of the questions to a path."""
        return [json.loads(each.partition(b"\r\n\r\n")[2]) for each in self.server.requests
                if path.encode() in each.split(b"\r\n")[0]]


def is_keyed(request: bytes, key: str = KEY) -> bool:
    return re.search(rb"(?im)^authorization: bearer " + re.escape(key.encode()) + rb"\r$", request) is not None


@contextmanager
def running_model(script: Script = seeing, *, needs_key: bool = True) -> Iterator[Model]:
    """A model for as long as the block lasts. Without the key it answers 401 like OpenAI."""

    def talk(server: FaultServer, conn: socket.socket, _number: int) -> None:
        while request := server.request(conn):
            method, path = request.split(b"\r\n")[0].decode().split()[:2]
            raw = request.partition(b"\r\n\r\n")[2]
            if needs_key and not is_keyed(request):
                answer = http(401, {"error": {"message": "Incorrect API key provided: sk-no.",
                                              "code": "invalid_api_key"}})
            else:
                answer = script(method, path, json.loads(raw) if raw else None)
            conn.sendall(answer)

    with speaking(talk) as server:
        yield Model(server)
