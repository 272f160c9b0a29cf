"""One of all does the job, and another one takes over."""

from __future__ import annotations

import threading

from flask import Flask

from skyvern_ui import lease
from skyvern_ui.extensions import db


def test_one_holds_it_and_it_falls_to_the_next(app: Flask) -> None:
    with app.app_context():
        assert lease.hold("job", "a", 30) and lease.hold("job", "a", 30)
        assert not lease.hold("job", "b", 30)
        assert lease.hold("other", "b", 30)
        assert lease.hold("job", "a", -1), "its holder may end it"
        assert lease.hold("job", "b", 30), "it has run out"
        lease.let_go("job", "a")
        assert not lease.hold("job", "a", 30), "not its to give away"
        lease.let_go("job", "b")
        assert lease.hold("job", "a", 30)


def test_of_many_at_once_one_gets_it(app: Flask) -> None:
    gate, got = threading.Barrier(8), []

    def race(name: str) -> None:
        with app.app_context():
            gate.wait(10)
            if lease.hold("race", name, 30):
                got.append(name)
            db.session.remove()

    threads = [threading.Thread(target=race, args=(str(n),)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(got) == 1
