"""Skyvern UI as it is deployed, in front of the real Skyvern, with a tap on everything that clients receive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.clinic import Clinic, opened
from tests.conformance.person import CHROMIUM, QUIET, Person
from tests.conformance.tap import Tap, tapped
from tests.conftest import lacking
from tests.real.litellm import RealLiteLLM
from tests.real.skyvern import RealSkyvern
from tests.support.people import PASSWORD
from tests.support.server import Server, running_server


@dataclass(frozen=True)
class FrontDoor:
    """The running product, as its clients reach it."""

    server: Server
    tap: Tap
    database: Path


@pytest.fixture(scope="session")
def front_door(real_skyvern: RealSkyvern, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FrontDoor]:
    """Two workers over an empty SQLite file, told where Skyvern is and where it may have left its key."""
    folder = tmp_path_factory.mktemp("front_door")
    told = {"SKYVERN_API_URL": real_skyvern.url, "SKYVERN_KEY_PATHS": str(real_skyvern.env_file.parent)}
    with running_server(f"sqlite:///{folder / 'ui.db'}", folder, workers=2, **told) as behind:
        with tapped(behind.port) as tap:
            yield FrontDoor(Server(tap.port, behind.process, behind.log_file), tap, folder / "ui.db")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    if not Path(CHROMIUM).exists():
        lacking("Chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@dataclass
class FirstVisit:
    """What the wizard said on its way."""

    offer: str
    page_source: str
    landed: str


@pytest.fixture(scope="session")
def newcomer(front_door: FrontDoor, chromium: Any) -> Person:
    return Person(chromium, front_door.server, "Ada Example", "ada@example.com", PASSWORD)


@pytest.fixture(scope="session")
def first_visit(newcomer: Person) -> FirstVisit:
    """From the empty installation to a connected one, as a person walks it."""
    page = newcomer.page
    newcomer.open("/")
    page.wait_for_url("**/setup")
    page.fill("[name=name]", newcomer.name)
    page.fill("[name=email]", newcomer.email)
    page.fill("[name=password]", newcomer.password)
    page.click("form[action='/setup'] [type=submit]")
    page.wait_for_url("**/setup/connection")
    offer = page.locator("form.offer").first
    visit = FirstVisit(offer.inner_text(), page.content(), "")
    offer.locator("[type=submit]").click()
    page.wait_for_url("**/setup/done")
    visit.landed = newcomer.words
    return visit


@pytest.fixture
def ada(newcomer: Person, first_visit: FirstVisit) -> Iterator[Person]:
    """Ada, set up and signed in; her pages must break nothing and ask nobody else."""
    newcomer.broken.clear()
    yield newcomer
    assert newcomer.broken == []


@pytest.fixture(scope="session")
def colleague(chromium: Any, front_door: FrontDoor, newcomer: Person, first_visit: FirstVisit) -> Person:
    """Ben Example, a member whom Ada has invited, signed in at a browser of his own."""
    made = newcomer.visitor().post("/api/auth/admin/create-user", json={
        "name": "Ben Example", "email": "ben@example.com", "password": PASSWORD, "role": "user"})
    assert made.status_code == 200, made.text
    ben = Person(chromium, front_door.server, "Ben Example", "ben@example.com", PASSWORD)
    ben.open("/login")
    ben.page.fill("[name=email]", ben.email)
    ben.page.fill("[name=password]", ben.password)
    ben.page.click("main form [type=submit]")
    ben.page.wait_for_url("**/dashboard")
    return ben


@pytest.fixture
def ben(colleague: Person) -> Iterator[Person]:
    """Ben, signed in; his pages must break nothing and ask nobody else."""
    colleague.broken.clear()
    yield colleague
    assert colleague.broken == []


@pytest.fixture(scope="session")
def clinic(real_skyvern: RealSkyvern, real_litellm: RealLiteLLM, chromium: Any,
           tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    with opened(real_skyvern, real_litellm, chromium, tmp_path_factory.mktemp("clinic")) as running:
        yield running


@pytest.fixture(scope="session")
def mended(clinic: Clinic) -> str:
    """The clinic's key is bad and then adopted from Skyvern's .env; what the page showed before."""
    assert clinic.doctor.examine().cause == "key_not_valid_here"
    return clinic.adopt_key()


@pytest.fixture
def owner(clinic: Clinic, mended: str) -> Iterator[Person]:
    """Ada at the clinic. Her pages ask nobody else and break nothing, except that they may tell of a 5xx."""
    clinic.ada.broken.clear()
    yield clinic.ada
    assert [each for each in clinic.ada.broken if "Failed to load resource" not in each] == []
