"""A Skyvern that answers at once: fixed JSON, one large artifact, frames with the moment they were made in them.

`python -m bench.upstream [--behind URL]` prints its port. With `--behind`, what it does not know it asks the
sandbox there once, and from then on answers from memory: a page's time is then our own.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import struct
import sys
import time
import urllib.error
import urllib.request

import gevent
from gevent import monkey, socket
from gevent.server import StreamServer

RUN = "wr_500100200300400500"
ARTIFACT = "a_500100200300400501"
ARTIFACT_BYTES = 64 * 1024 * 1024
PIECE = b"\0" * 262_144
FRAME_BYTES, FRAMES_PER_SECOND = 100_000, 5
ROW = {"run_id": RUN, "status": "completed", "title": "Read the invoices of last month", "failure_reason": None,
       "created_at": "2026-01-05T09:30:00Z", "url": "https://shop.example/account/orders?page=1"}
LIST = json.dumps([{**ROW, "step": n} for n in range(22)])[:4398].encode()
LIST += b"]" * (4400 - len(LIST))
ONE = json.dumps({**ROW, "run_type": "workflow_run", "status": "running", "modified_at": "2026-01-05T09:31:00Z",
                  "browser_session_id": None, "app_url": None, "output": None}).encode()
CHAT = json.dumps({"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m", "choices": [
    {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "A calm answer. " * 20}}],
    "usage": {"prompt_tokens": 900, "completion_tokens": 100, "total_tokens": 1000}}).encode()
MODELS = json.dumps({"object": "list", "data": [{"id": f"m{n}", "object": "model"} for n in range(8)]}).encode()


class Upstream:
    """The server and what it has counted."""

    def __init__(self, behind: str | None, key: str) -> None:
        self.behind, self.key = behind, key
        self.sockets = self.most_sockets = 0
        self.known: dict[bytes, bytes] = {
            b"/v1/workflows": answer(LIST), b"/v1/runs/" + RUN.encode(): answer(ONE),
            b"/v1/chat/completions": answer(CHAT), b"/v1/models": answer(MODELS),
        }

    def handle(self, client: socket.socket, _peer: object) -> None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        data = b""
        try:
            while True:
                while b"\r\n\r\n" not in data:
                    more = client.recv(65_536)
                    if not more:
                        return
                    data += more
                head, _, data = data.partition(b"\r\n\r\n")
                length = body_length(head)
                while len(data) < length:
                    data += client.recv(65_536) or b"\0" * length
                body, data = data[:length], data[length:]
                if not self.respond(client, head, body):
                    return
        except OSError:
            return
        finally:
            client.close()

    def respond(self, client: socket.socket, head: bytes, body: bytes) -> bool:
        method, target, _ = head.split(b" ", 2)
        path = target.partition(b"?")[0]
        if path == b"/__sockets":
            client.sendall(answer(json.dumps({"now": self.sockets, "most": self.most_sockets}).encode()))
        elif path.endswith(b"/content"):
            self.send_artifact(client)
        elif b"/stream/" in path:
            self.send_frames(client, head)
            return False
        else:
            asked = target + b" " + body if body else target
            client.sendall(self.known.get(target) or self.known.get(asked) or self.learn(method, target, body))
        return True

    def learn(self, method: bytes, target: bytes, body: bytes) -> bytes:
        if self.behind is None:
            return b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"
        request = urllib.request.Request(self.behind + target.decode(), body or None, method=method.decode(),
                                         headers={"x-api-key": self.key, "content-type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=10) as found:
                told = answer(found.read(), kind=found.headers["content-type"])
        except urllib.error.HTTPError as error:
            told = answer(error.read(), f"{error.code} Refused")
        self.known[target + b" " + body if body else target] = told
        return told

    def send_artifact(self, client: socket.socket) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: video/mp4\r\ncontent-length: %d\r\n\r\n" % ARTIFACT_BYTES)
        for _ in range(ARTIFACT_BYTES // len(PIECE)):
            client.sendall(PIECE)

    def send_frames(self, client: socket.socket, head: bytes) -> None:
        key = next(line.split(b":", 1)[1].strip() for line in head.split(b"\r\n")
                   if line.lower().startswith(b"sec-websocket-key:"))
        accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
        client.sendall(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
                       b"sec-websocket-accept: " + accept + b"\r\n\r\n")
        self.sockets += 1
        self.most_sockets = max(self.most_sockets, self.sockets)
        try:
            while True:
                client.sendall(frame())
                gevent.sleep(1 / FRAMES_PER_SECOND)
        finally:
            self.sockets -= 1


def body_length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"\r\ncontent-length:")
    return int(rest.split(b"\r\n", 1)[0]) if rest else 0


def answer(body: bytes, status: str = "200 OK", kind: str = "application/json") -> bytes:
    return f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body


def frame() -> bytes:
    """A picture of 100 kB to the eye of a relay: JPEG's first bytes, then the moment it was made."""
    image = b"\xff\xd8\xff" + struct.pack("!d", time.monotonic()) + b"\0" * (FRAME_BYTES - 11)
    said = json.dumps({"status": "running", "format": "jpeg", "screenshot": base64.b64encode(image).decode()}).encode()
    return b"\x81\x7f" + len(said).to_bytes(8, "big") + said


def main() -> None:
    monkey.patch_all()
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--behind")
    arguments.add_argument("--key", default="")
    chosen = arguments.parse_args()
    server = StreamServer(("127.0.0.1", 0), Upstream(chosen.behind, chosen.key).handle, backlog=1024)
    server.start()
    print(server.server_port, flush=True)
    gevent.get_hub().threadpool.apply(sys.stdin.read)


if __name__ == "__main__":
    main()
