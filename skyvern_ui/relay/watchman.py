"""One watchman for each worker process: when a client leaves, its upstream call is ended.

A call costs one dictionary entry while it is under way, no greenlet and no wait of its own. Every
quarter of a second the watchman asks the operating system about all clients at once. A client that
closed only its sending half counts as gone. Deadlines need no watchman: each read and write on the
upstream socket is given the time that is left.
"""

from __future__ import annotations

import os
import select
import threading
import time

from skyvern_ui.relay.sockets import GONE, RDHUP, HasFileno, new_poll, shut

PERIOD = 0.25


class Call:
    """One upstream call on behalf of one client. `left` tells whether the client has gone."""

    __slots__ = ("client", "fd", "left", "may_cut", "upstream")

    def __init__(self, client: HasFileno, upstream: HasFileno, may_cut: bool) -> None:
        self.client = client
        self.fd = client.fileno()
        self.upstream = upstream
        self.may_cut = may_cut
        self.left = False


class Watchman:
    """Ends upstream calls whose client has left, within half a second."""

    def __init__(self, period: float = PERIOD) -> None:
        """`period` is in seconds."""
        self._period = period
        self._calls: dict[int, Call] = {}
        self._lock = threading.Lock()
        self._poll: select.poll | None = None
        self._work = threading.Event()
        self._pid = 0

    def __len__(self) -> int:
        return len(self._calls)

    def watch(self, client: HasFileno, upstream: HasFileno, *, may_cut: bool) -> Call:
        """Start watching; `may_cut` False keeps the upstream call whole until `allow_cut`.

        So a write is never ended before its status, and what it created, could be recorded.
        """
        if self._pid != os.getpid():
            self._start()
        call = Call(client, upstream, may_cut)
        if call.fd >= 0:
            with self._lock:
                self._calls[call.fd] = call
                assert self._poll is not None
                self._poll.register(call.fd, RDHUP)
            if not self._work.is_set():
                self._work.set()
        return call

    def allow_cut(self, call: Call) -> None:
        """From now on the client's departure may end the call; if it has gone already, end it now."""
        with self._lock:
            call.may_cut = True
            if call.left:
                shut(call.upstream)

    def forget(self, call: Call) -> None:
        """Stop watching; afterwards the upstream socket is never touched on behalf of this call."""
        with self._lock:
            if self._calls.get(call.fd) is call:
                del self._calls[call.fd]
                if not call.left and self._poll is not None:
                    self._poll.unregister(call.fd)

    def _start(self) -> None:
        with self._lock:
            if self._pid == os.getpid():
                return
            self._pid = os.getpid()
            self._calls = {}
            self._poll = new_poll()
            self._work = threading.Event()
            threading.Thread(target=self._run, name="watchman", daemon=True).start()

    def _run(self) -> None:
        work = self._work
        while True:
            work.wait()
            time.sleep(self._period)
            with self._lock:
                self._look()
                if not self._calls:
                    work.clear()

    def _look(self) -> None:
        assert self._poll is not None
        for fd, events in self._poll.poll(0):
            call = self._calls.get(fd)
            if call is None or not events & GONE:
                continue
            call.left = True
            self._poll.unregister(fd)
            if call.may_cut:
                shut(call.upstream)


WATCHMAN = Watchman()
