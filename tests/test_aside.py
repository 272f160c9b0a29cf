"""Work beside the loop: another thread does it, and its mistakes come back to whoever asked."""

from __future__ import annotations

import threading

import pytest

from skyvern_ui.aside import LARGE, aside, aside_if_large


def where() -> int:
    return threading.get_ident()


def test_another_thread_does_it() -> None:
    assert aside(where) != where()
    assert aside(divmod, 7, 2) == (3, 1)


@pytest.mark.parametrize(("size", "elsewhere"), [(0, False), (LARGE, False), (LARGE + 1, True)])
def test_only_what_is_large_is_worth_a_thread(size: int, elsewhere: bool) -> None:
    assert (aside_if_large(size, where) != where()) is elsewhere


def test_a_mistake_is_told_to_the_caller_and_to_nobody_else(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ZeroDivisionError):
        aside(divmod, 1, 0)
    assert capfd.readouterr().err == ""
