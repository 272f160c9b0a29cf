"""Two sockets joined, under gunicorn and gevent as in production."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from skyvern_ui.relay.closing import Closed
from skyvern_ui.relay.pump import pump
from skyvern_ui.relay.wire import ClientSocket, ServerSocket
from tests.relay.fault_server import FaultServer, until
from tests.relay.socket_people import gunicorn, talking, visit
from tests.relay.test_wire import closed_by


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The relay."""
    with gunicorn("tests.relay.echo_app:application") as port:
        yield port


def echo(leg: ServerSocket, target: str) -> None:
    while (message := leg.receive(10)) is not None:
        leg.send_text(message) if isinstance(message, str) else leg.send_bytes(message)


def through(port: int, upstream: FaultServer) -> ClientSocket:
    return visit(port, f"/relay?{upstream.port}")


def test_messages_cross_both_ways_as_they_are(port: int) -> None:
    with talking(echo) as upstream:
        leg = through(port, upstream)
        for message in ("text", b"\x00binary", "y" * 6_000_000, "end"):
            leg.send_text(message) if isinstance(message, str) else leg.send_bytes(message)
            assert leg.receive(10) == message
        leg.free()


@pytest.mark.parametrize(("said", "seen"), [(1000, 1000), (4404, 4404), (1013, 1013)])
def test_a_close_of_the_upstream_reaches_the_browser_with_its_code(port: int, said: int, seen: int) -> None:
    with talking(lambda leg, target: leg.close(said, "because")) as upstream:
        leg = through(port, upstream)
        closed = closed_by(leg)
        assert (closed.code, closed.reason) == (seen, "because")
        leg.free()


def test_an_upstream_that_drops_without_a_word_becomes_1011(port: int) -> None:
    with talking(lambda leg, target: leg.abort()) as upstream:
        leg = through(port, upstream)
        assert closed_by(leg).code == 1011
        leg.free()


@pytest.mark.parametrize(("leaves", "code"), [("close", 1000), ("close 4000", 4000), ("abort", 1001)])
def test_a_browser_that_leaves_closes_the_upstream_at_once(port: int, leaves: str, code: int) -> None:
    ended: list[Closed] = []

    def talk(leg: ServerSocket, target: str) -> None:
        leg.send_text("hello")
        ended.append(closed_by(leg))

    with talking(talk) as upstream:
        leg = through(port, upstream)
        assert leg.receive(5) == "hello"
        if leaves == "abort":
            leg.abort()
        else:
            leg.close(code)
        assert until(lambda: ended, 5)
        assert ended[0].code == code
        leg.free()


def test_a_slow_browser_slows_the_upstream_and_nothing_is_lost(port: int) -> None:
    sent = []

    def talk(leg: ServerSocket, target: str) -> None:
        for number in range(60):
            leg.send_text(chr(65 + number) * 500_000)
            sent.append(number)
        leg.close(1000)

    with talking(talk) as upstream:
        leg = through(port, upstream)
        leg._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 300_000)
        first = leg.receive(5)
        threading.Event().wait(0.5)
        assert len(sent) < 50
        rest = [leg.receive(5) for _ in range(59)]
        assert [first, *rest] == [chr(65 + number) * 500_000 for number in range(60)]
        leg.free()


def test_a_filter_may_drop_change_or_end() -> None:
    heard: list[object] = []
    refused: list[int] = []

    def talk(leg: ServerSocket, target: str) -> None:
        while True:
            heard.append(leg.receive(5))

    def up(message: str | bytes) -> str | bytes | None:
        if message == "end":
            raise Closed(1008, "not allowed")
        return None if message == "drop" else f"<{message!r}>"

    with talking(talk) as upstream:

        def relay(browser: ServerSocket, target: str) -> None:
            refused.append(pump(browser, visit(upstream.port), up=up).code)

        with talking(relay) as front:
            leg = visit(front.port)
            for message in ("a", "drop", "b", "end"):
                leg.send_text(message)
            assert closed_by(leg).code == 1008
            assert until(lambda: refused == [1008])
            assert heard == ["<'a'>", "<'b'>"]
            leg.free()
