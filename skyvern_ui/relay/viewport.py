"""Live views: one upstream socket for each run and worker, however many people look at it.

The newest frame replaces the older one in each viewer's box, so nobody waits for anybody; the final
state is never replaced. Frames are shared as one bytes object, its WebSocket frame built once.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Hashable

from skyvern_ui.relay.closing import Closed
from skyvern_ui.relay.frames import Frame, Note, State, read_message
from skyvern_ui.relay.wire import ClientSocket
from skyvern_ui.skyvern.errors import Missing, Refused, SkyvernError

LINGER = 2.0
LONGEST_PAUSE = 10.0
_LOOK = 1.0
_CLOSE_REASONS = {1002: "key_refused", 4001: "vnc_only", 4404: "not_found"}

OpenUpstream = Callable[[], ClientSocket]


class Viewer:
    """One person's box: room for one state, one note and one frame."""

    def __init__(self, leave: Callable[[Viewer], None]) -> None:
        self._leave = leave
        self._lock = threading.Lock()
        self._news = threading.Event()
        self._state: State | None = None
        self._note: Note | None = None
        self._frame: Frame | None = None

    def next(self, timeout: float | None = None) -> State | Note | Frame | None:
        """The newest unseen state, note or frame, or None after `timeout` seconds.

        A state comes before a frame, except that a last frame comes before the final state.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            self._news.clear()
            item = self._take()
            if item is not None:
                return item
            if not self._news.wait(None if deadline is None else max(0.0, deadline - time.monotonic())):
                return None

    def leave(self) -> None:
        """Stop watching; when the last viewer has left, the upstream is closed soon after. Idempotent."""
        self._leave(self)

    def put(self, item: State | Note | Frame) -> None:
        """Replace what is in the box; a final state stays. For the feed."""
        with self._lock:
            if isinstance(item, Frame):
                self._frame = item
            elif isinstance(item, Note):
                self._note = item
            elif self._state is None or not self._state.is_final:
                self._state = item
        self._news.set()

    def _take(self) -> State | Note | Frame | None:
        with self._lock:
            if self._note is not None:
                note, self._note = self._note, None
                return note
            if self._state is not None and not (self._state.is_final and self._frame is not None):
                state, self._state = self._state, None
                return state
            frame, self._frame = self._frame, None
            return frame


class Viewports:
    """The live views of one worker process. Create it after the fork."""

    def __init__(self, *, linger: float = LINGER) -> None:
        """`linger`: seconds an upstream stays open after its last viewer, for a page that reloads."""
        self._linger = linger
        self._lock = threading.Lock()
        self._feeds: dict[Hashable, _Feed] = {}

    def __len__(self) -> int:
        return len(self._feeds)

    def watch(self, key: Hashable, open_upstream: OpenUpstream) -> Viewer:
        """Join the view of `key`; the first viewer opens the upstream, in the background.

        `open_upstream` dials and shakes hands; it is called again after each drop, so it must read the
        current address and key. The newest state and frame are in the viewer's box at once.
        """
        with self._lock:
            feed = self._feeds.get(key)
            if feed is None:
                feed = self._feeds[key] = _Feed(open_upstream, self._linger, lambda gone: self._retire(key, gone))
                feed.start()
            return feed.join()

    def _retire(self, key: Hashable, feed: _Feed) -> bool:
        """Forget a feed unless somebody joined it meanwhile; its own thread asks."""
        with self._lock:
            if not feed.is_unwatched and not feed.state.is_final:
                return False
            if self._feeds.get(key) is feed:
                del self._feeds[key]
            return True


class _Feed:
    """One upstream socket and the viewers of it."""

    def __init__(self, open_upstream: OpenUpstream, linger: float, retire: Callable[[_Feed], bool]) -> None:
        self._open = open_upstream
        self._linger = linger
        self._retire = retire
        self._lock = threading.Lock()
        self._viewers: set[Viewer] = set()
        self._empty_since = time.monotonic()
        self._failures = 0
        self.state = State("connecting")
        self._frame: Frame | None = None

    @property
    def is_unwatched(self) -> bool:
        """True once nobody has watched for as long as the upstream lingers."""
        return not self._viewers and time.monotonic() - self._empty_since >= self._linger

    def start(self) -> None:
        threading.Thread(target=self._run, name="viewport", daemon=True).start()

    def join(self) -> Viewer:
        viewer = Viewer(self._drop)
        with self._lock:
            self._viewers.add(viewer)
            viewer.put(self.state)
            if self._frame is not None:
                viewer.put(self._frame)
        return viewer

    def _drop(self, viewer: Viewer) -> None:
        with self._lock:
            self._viewers.discard(viewer)
            if not self._viewers:
                self._empty_since = time.monotonic()

    def _run(self) -> None:
        try:
            while not self._is_done():
                self._turn()
        finally:
            # Only a fault of our own comes here with nothing final said; nobody may wait for ever.
            self._tell(State("unavailable", reason="failed"))
            self._retire(self)

    def _turn(self) -> None:
        try:
            upstream = self._open()
        except SkyvernError as error:
            self._missed(error)
        else:
            try:
                self._follow(upstream)
            finally:
                upstream.free()
        if not self.state.is_final:
            self._pause()

    def _is_done(self) -> bool:
        return (self.state.is_final or self.is_unwatched) and self._retire(self)

    def _follow(self, upstream: ClientSocket) -> None:
        """Hand on what the upstream says until it ends, or until nobody looks."""
        if self._frame is None:
            self._tell(State("waiting", self.state.status))
        try:
            while not self.is_unwatched:
                message = upstream.receive(min(_LOOK, max(self._linger, 0.01)))
                if message is not None:
                    self._hear(message)
                if self.state.is_final:
                    break
            upstream.close(1000, linger=0)
        except Closed as closed:
            reason = _CLOSE_REASONS.get(closed.code)
            if reason is not None:
                self._tell(State("unavailable", self.state.status, reason))

    def _hear(self, message: str | bytes) -> None:
        said = read_message(message)
        if said.frame is not None:
            self._failures = 0
            self._show(said.frame)
        if said.final is not None:
            self._tell(said.final)
        elif said.frame is None and said.status:
            self._tell(self._standing(said.status))

    def _show(self, frame: Frame) -> None:
        self._frame = frame
        self._tell(self._standing(frame.status or self.state.status))
        with self._lock:
            for viewer in self._viewers:
                viewer.put(frame)

    def _standing(self, status: str) -> State:
        frame = self._frame
        if frame is None:
            return State("waiting", status)
        return State("live", status, "", frame.url, frame.width, frame.height)

    def _tell(self, state: State) -> None:
        with self._lock:
            if state == self.state or self.state.is_final:
                return
            self.state = state
            for viewer in self._viewers:
                viewer.put(state)

    def _missed(self, error: SkyvernError) -> None:
        if isinstance(error, Missing):
            self._tell(State("unavailable", reason="not_found"))
        elif isinstance(error, Refused):
            self._tell(State("unavailable", reason="key_refused"))

    def _pause(self) -> None:
        """Full jitter, at most ten seconds, so that a restart is not met by a herd."""
        self._tell(State("reconnecting", self.state.status))
        self._failures += 1
        pause = random.uniform(0.0, min(LONGEST_PAUSE, 2.0 ** min(self._failures, 5)))
        deadline = time.monotonic() + pause
        while (left := deadline - time.monotonic()) > 0 and not self.is_unwatched:
            time.sleep(min(left, _LOOK))
