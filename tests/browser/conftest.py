from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.conftest import lacking
from tests.sandbox_server import running_sandbox
from tests.support.server import running_server

from .house import House, prepared_database
from .window import Window

QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--no-first-run"]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    path = shutil.which("chromium")
    if path is None:
        lacking("Chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=path, args=QUIET)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def house_process(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One server and one sandbox for all tests of this folder."""
    folder = tmp_path_factory.mktemp("house")
    with running_sandbox(run_seconds=1.0, seeded=True) as sandbox:
        database = prepared_database(folder, sandbox)
        with running_server(f"sqlite:///{database}", folder) as server:
            house = House(server, sandbox, chromium, database)
            yield house
            house.close()


@pytest.fixture
def house(house_process: House) -> Iterator[House]:
    """The house without faults, before and after."""
    house_process.heal()
    yield house_process
    house_process.heal()


@pytest.fixture
def window(house: House) -> Iterator[Callable[..., Window]]:
    """Opens windows and closes them at the end; what went wrong in them fails the test."""
    opened: list[Window] = []

    def open_one(*args: Any, **more: Any) -> Window:
        opened.append(house.window(*args, **more))
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()
    assert [line for each in opened for line in each.wrong] == []
