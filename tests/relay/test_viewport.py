"""A live view: newest frame wins, the end always arrives, one upstream however many look."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable

import pytest

from skyvern_ui.relay.closing import Closed
from skyvern_ui.relay.frames import Frame, State, read_message
from skyvern_ui.relay.show import show
from skyvern_ui.relay.viewport import Viewer, Viewports
from skyvern_ui.relay.wire import ClientSocket, ServerSocket
from skyvern_ui.skyvern import errors
from tests.relay.fault_server import until
from tests.relay.socket_people import talking, visit
from tests.relay.test_wire import closed_by

JPEG = b"\xff\xd8\xff\xe0"
PNG = b"\x89PNG\r\n\x1a\n"


def picture(image: bytes, status: str = "running", **more: object) -> str:
    said = {"workflow_run_id": "wr_1", "status": status, "screenshot": base64.b64encode(image).decode()}
    return json.dumps(said | more)


def opener(port: int) -> Callable[[], ClientSocket]:
    return lambda: visit(port, "/api/v1/stream/workflow_runs/wr_1?apikey=k")


def collect(viewer: Viewer, seconds: float = 5.0) -> list[State | Frame]:
    """Everything up to the final state."""
    seen: list[State | Frame] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        item = viewer.next(0.2)
        if item is not None:
            seen.append(item)
            if isinstance(item, State) and item.is_final:
                return seen
    raise AssertionError(seen)


def words(seen: list[State | Frame]) -> list[str]:
    return [item.name for item in seen if isinstance(item, State)]


def test_a_picture_is_decoded_with_what_was_said_about_it() -> None:
    said = read_message(picture(JPEG + b"x", url="http://a.test/", viewport_width=1280, viewport_height=720))
    frame = said.frame
    assert frame is not None and said.final is None
    assert (frame.image, frame.media_type) == (JPEG + b"x", "image/jpeg")
    assert (frame.status, frame.url, frame.width, frame.height) == ("running", "http://a.test/", 1280, 720)
    assert frame.wire.endswith(frame.image) and frame.wire[0] == 0x82


@pytest.mark.parametrize(
    "message",
    ["[]", "{", "null", '{"screenshot": 5}', '{"screenshot": "!!"}', '{"screenshot":"PHN2Zz4="}', b"\xff", "[" * 5000],
)
def test_nonsense_says_nothing(message: str | bytes) -> None:
    assert read_message(message) == (None, "", None)


def test_a_view_goes_from_connecting_to_live_to_over() -> None:
    go = threading.Event()

    def talk(leg: ServerSocket, target: str) -> None:
        go.wait(5)
        leg.send_text(picture(PNG + b"1", url="http://a.test/"))
        leg.send_text('{"workflow_run_id": "wr_1", "status": "completed"}')
        leg.close()

    with talking(talk) as server:
        viewer = Viewports().watch("wr_1", opener(server.port))
        first = viewer.next(5)
        go.set()
        seen = [first, *collect(viewer)]
        assert isinstance(first, State) and first.name in ("connecting", "waiting")
        assert words(seen)[-1] == "over"  # type: ignore[arg-type]
        frames = [item for item in seen if isinstance(item, Frame)]
        assert [frame.image for frame in frames] == [PNG + b"1"]
        assert isinstance(seen[-1], State) and seen[-1].status == "completed"


def test_a_viewer_who_looks_late_sees_the_newest_frame_and_the_end() -> None:
    def talk(leg: ServerSocket, target: str) -> None:
        for number in range(50):
            leg.send_text(picture(JPEG + b"%d" % number))
        leg.send_text('{"status": "failed"}')
        leg.receive(5)

    with talking(talk) as server:
        views = Viewports()
        viewer = views.watch("wr_1", opener(server.port))
        assert until(lambda: len(views) == 0)
        seen = collect(viewer)
        assert [item.image for item in seen if isinstance(item, Frame)] == [JPEG + b"49"]
        assert seen[-1] == State("over", "failed")
        assert viewer.next(0.05) is None


def test_many_viewers_share_one_upstream_and_the_same_bytes() -> None:
    go = threading.Event()

    def talk(leg: ServerSocket, target: str) -> None:
        leg.send_text(picture(JPEG + b"first"))
        go.wait(5)
        leg.send_text('{"status": "completed"}')
        leg.receive(5)

    with talking(talk) as server:
        views = Viewports()
        viewers = [views.watch("wr_1", opener(server.port)) for _ in range(10)]
        late_frames: list[Frame] = []

        def has_frame(viewer: Viewer) -> bool:
            item = viewer.next(2)
            if isinstance(item, Frame):
                late_frames.append(item)
            return isinstance(item, Frame)

        for viewer in viewers:
            assert until(lambda viewer=viewer: has_frame(viewer))  # type: ignore[misc]
        late = views.watch("wr_1", opener(server.port))
        assert until(lambda: has_frame(late))
        assert len({id(frame.wire) for frame in late_frames}) == 1
        go.set()
        assert all(words(collect(viewer))[-1] == "over" for viewer in [*viewers, late])
        assert server.connections == 1


def test_a_departed_viewer_changes_nothing_and_the_last_one_closes_the_upstream() -> None:
    ended: list[int] = []

    def talk(leg: ServerSocket, target: str) -> None:
        leg.send_text(picture(JPEG))
        ended.append(closed_by(leg).code)

    with talking(talk) as server:
        views = Viewports(linger=0.1)
        one, two = (views.watch("wr_1", opener(server.port)) for _ in range(2))
        assert until(lambda: isinstance(two.next(2), Frame))
        one.leave()
        one.leave()
        assert two.next(0.4) is None and len(views) == 1 and not ended
        two.leave()
        assert until(lambda: ended == [1000], 10)
        assert until(lambda: len(views) == 0, 10)


def test_an_upstream_that_drops_without_a_word_is_opened_again() -> None:
    def talk(leg: ServerSocket, target: str) -> None:
        if server.connections < 3:
            leg.send_text(picture(JPEG + b"%d" % server.connections))
            leg.abort()
        else:
            leg.send_text(picture(JPEG + b"back"))
            leg.send_text('{"status": "completed"}')
            leg.receive(5)

    with talking(talk) as server:
        seen = collect(Viewports().watch("wr_1", opener(server.port)), 15)
        assert "reconnecting" in words(seen) and words(seen)[-1] == "over"
        assert server.connections == 3


def test_a_bare_running_at_the_end_is_not_the_end() -> None:
    def talk(leg: ServerSocket, target: str) -> None:
        leg.send_text('{"status": "running"}' if server.connections == 1 else '{"status": "canceled"}')
        leg.close()

    with talking(talk) as server:
        seen = collect(Viewports().watch("wr_1", opener(server.port)), 10)
        assert any(item.status == "running" for item in seen) and seen[-1] == State("over", "canceled")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("Invalid credential provided", "key_refused"),
        ("No valid credential provided", "key_refused"),
        ('{"workflow_run_id": "wr_1", "status": "not_found"}', "not_found"),
        ('{"workflow_run_id": "wr_1", "status": "timeout"}', "timeout"),
        (4001, "vnc_only"),
    ],
)
def test_a_view_that_cannot_be_had_says_why(said: str | int, reason: str) -> None:
    def talk(leg: ServerSocket, target: str) -> None:
        if isinstance(said, str):
            leg.send_text(said)
            leg.close()
        else:
            leg.close(said)

    with talking(talk) as server:
        last = collect(Viewports().watch("wr_1", opener(server.port)))[-1]
        assert isinstance(last, State)
        assert (last.name, last.reason) == ("unavailable", reason)


def test_an_upstream_that_is_away_keeps_the_viewer_waiting_until_it_is_back() -> None:
    tries: list[int] = []

    def talk(leg: ServerSocket, target: str) -> None:
        leg.send_text('{"status": "completed"}')
        leg.receive(5)

    with talking(talk) as server:

        def open_upstream() -> ClientSocket:
            tries.append(1)
            if len(tries) < 3:
                raise errors.Unreachable
            return visit(server.port)

        seen = collect(Viewports().watch("wr_1", open_upstream), 15)
        assert "reconnecting" in words(seen) and words(seen)[-1] == "over"


def test_a_browser_sees_states_as_text_and_pictures_as_bytes() -> None:
    def talk(leg: ServerSocket, target: str) -> None:
        leg.send_text(picture(JPEG + b"x" * 500_000, url="http://a.test/", viewport_width=1280, viewport_height=720))
        leg.send_text('{"status": "completed"}')
        leg.receive(5)

    with talking(talk) as upstream:
        views = Viewports()

        def front(leg: ServerSocket, target: str) -> None:
            show(views.watch("wr_1", opener(upstream.port)), leg)

        with talking(front) as server:
            leg = visit(server.port)
            got: list[str | bytes] = []
            with pytest.raises(Closed) as closed:
                while (message := leg.receive(5)) is not None:
                    got.append(message)
            assert closed.value.code == 1000
            assert JPEG + b"x" * 500_000 in got
            last = json.loads(got[-1])
            assert (last["state"], last["status"]) == ("over", "completed")
            leg.free()


def still(leg: ServerSocket, target: str) -> None:
    leg.send_text(picture(JPEG))
    leg.receive(10)


@pytest.mark.parametrize("sent", ["text", b"\x01"])
def test_a_viewer_who_sends_input_is_closed_with_1008(sent: str | bytes) -> None:
    heard: list[object] = []

    def talk(leg: ServerSocket, target: str) -> None:
        leg.send_text(picture(JPEG))
        heard.append(closed_by(leg).code)

    with talking(talk) as upstream:
        views = Viewports(linger=0.0)
        with talking(lambda leg, target: show_to(views, upstream.port, leg)) as server:
            leg = visit(server.port)
            leg.send_text(sent) if isinstance(sent, str) else leg.send_bytes(sent)
            assert closed_by(leg).code == 1008
            assert until(lambda: heard == [1000], 10)
            leg.free()


def show_to(views: Viewports, port: int, leg: ServerSocket) -> None:
    show(views.watch("wr_1", opener(port)), leg)


def show_once(viewer: Viewer, leg: ServerSocket) -> None:
    show(viewer, leg)


def test_a_session_that_ends_closes_the_view_within_two_seconds() -> None:
    is_banned = threading.Event()

    def check() -> Closed | None:
        return Closed(4401, "signed out") if is_banned.is_set() else None

    with talking(still) as upstream:
        views = Viewports(linger=0.0)

        def front(leg: ServerSocket, target: str) -> None:
            show(views.watch("wr_1", opener(upstream.port)), leg, check=check)

        with talking(front) as server:
            leg = visit(server.port)
            assert leg.receive(5) is not None
            is_banned.set()
            started = time.monotonic()
            assert closed_by(leg).code == 4401
            assert time.monotonic() - started < 2
            leg.free()
            assert until(lambda: len(views) == 0, 10)


def test_a_viewer_that_takes_nothing_does_not_slow_the_others() -> None:
    def talk(leg: ServerSocket, target: str) -> None:
        for number in range(60):
            leg.send_text(picture(JPEG + bytes([number]) * 300_000))
            threading.Event().wait(0.005)
        leg.send_text('{"status": "completed"}')
        leg.receive(5)

    with talking(talk) as upstream:
        views = Viewports()
        stuck = views.watch("wr_1", opener(upstream.port))
        with talking(lambda leg, target: show_once(stuck, leg)) as server:
            frozen = visit(server.port)
            seen = collect(views.watch("wr_1", opener(upstream.port)))
            assert seen[-1] == State("over", "completed")
            assert upstream.connections == 1
            messages = 0
            with pytest.raises(Closed):
                while frozen.receive(5) is not None:
                    messages += 1
            assert 1 < messages < 60
            frozen.free()
