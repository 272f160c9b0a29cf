"""Every page with names that are made to break out of it: they are shown, as text."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from ..sandbox_server import Sandbox
from ..support.people import Browser, Page
from .houses import House, filled

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
EVIL = """'"><evil-tag onclick=alert(1)>{{ 7*7 }}</script></textarea></title>"""
LED = ("href", "src", "action", "formaction", "hx-get", "hx-post", "data-href", "data-url", "poster", "srcdoc")


@pytest.fixture
def house(connected: Flask, ada: Browser, sandbox: Sandbox) -> House:
    return filled(connected, ada, "user-ada", sandbox, EVIL)


def look_at(page: Page, path: str) -> bool:
    """Whether the text is on the page; it is never more than text. What holds for every page is checked by Page."""
    assert page.status < 500, (path, page.status, page.words[:300])
    if page.response.mimetype != "text/html":
        return False
    assert not page.html.find("evil-tag"), (path, page.text[max(0, page.text.find("<evil-tag") - 300):][:600])
    assert "javascript:" not in str([tag.get(name) for name in LED for tag in page.all(f"[{name}]")]).lower(), path
    assert not [tag for tag in page.all("*") if "7*7" in str([*tag.attrs])], "an attribute that was not ours"
    return "evil-tag" in page.text


def test_names_are_text_on_every_page(connected: Flask, ada: Browser, house: House) -> None:
    shown = {path: look_at(ada.get(path, query_string=query), path) for path, query in house.pages(connected)}
    for report in (f"/workflows/import/reports/{house.values['import_report']}",
                   f"/workflows/{house.wpid}/batches/{house.values['started']}"):
        shown[report] = look_at(ada.get(report), report)
    silent = sorted(path for path, is_shown in shown.items() if not is_shown)
    assert len(shown) > 60 and sum(shown.values()) > 40, silent


def test_what_skyvern_says_is_text_on_every_page(connected: Flask, ada: Browser, house: House, sandbox: Sandbox
                                                 ) -> None:
    told: list[Any] = []
    for path, query in house.pages(connected):
        sandbox.fault("/", "status", status=422, body={"detail": EVIL}, count=50)
        told.append(look_at(ada.get(path, query_string=query), path))
        sandbox.forget_faults()
    assert sum(told) > 30
