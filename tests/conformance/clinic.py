"""A server of ours whose key is of another installation, and the command line beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skyvern_ui import create_app
from skyvern_ui.migrating import bring_up_to_date
from tests.conformance.breaking import claims_of, signed
from tests.conformance.doctor import Doctor
from tests.conformance.person import Person
from tests.real.litellm import ALIAS, RealLiteLLM
from tests.real.process import free_port
from tests.real.skyvern import RealSkyvern
from tests.support.databases import settings_for
from tests.support.people import PASSWORD, add_people
from tests.support.server import Server, running_server


@dataclass
class Clinic:
    """Both see the same database; Ada is signed in at a real browser."""

    server: Server
    doctor: Doctor
    ada: Person

    def adopt_key(self) -> str:
        """Ada takes the key that was found in Skyvern's .env. What the page showed before she did."""
        self.ada.open("/doctor/mend/key")
        self.ada.until(lambda: "A key that works" in self.ada.words, 20, "the key in Skyvern's .env")
        shown = str(self.ada.page.content())
        self.ada.page.fill("[name=password]", PASSWORD)
        self.ada.page.click("form[action='/doctor/mend/key'] [type=submit]")
        self.ada.page.wait_for_url(lambda url: "/doctor/mend/key" not in url)
        return shown


@contextmanager
def opened(skyvern: RealSkyvern, litellm: RealLiteLLM, chromium: Any, folder: Path) -> Iterator[Clinic]:
    """It is open as long as the block lasts."""
    database = f"sqlite:///{folder / 'ui.db'}"
    app = create_app(settings_for(database, folder))
    bring_up_to_date(app)
    add_people(app)
    port = free_port()
    told = {"SKYVERN_API_URL": skyvern.url, "SKYVERN_KEY_PATHS": str(skyvern.env_file.parent),
            "PORT": str(port), "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "SKYVERN_API_KEY": signed(claims_of(skyvern.key), "the SECRET_KEY of another installation"),
            "LLM_UPSTREAM_URL": litellm.url, "LLM_UPSTREAM_KEY": litellm.key, "LLM_UPSTREAM_MODEL": ALIAS}
    with running_server(database, folder, workers=2, **told) as server:
        ada = Person(chromium, server, "Ada", "ada@example.com", PASSWORD)
        ada.open("/login")
        ada.page.fill("[name=email]", ada.email)
        ada.page.fill("[name=password]", ada.password)
        ada.page.click("main form [type=submit]")
        ada.page.wait_for_url(lambda url: "/login" not in url)
        yield Clinic(server, Doctor(folder, **told), ada)
