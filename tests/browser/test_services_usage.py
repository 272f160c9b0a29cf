"""What services have and use, as an admin meets it: overview, calls and prices, wide and on a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete

from skyvern_ui import create_app
from skyvern_ui.database import writing
from skyvern_ui.extensions import db
from skyvern_ui.models import Charge, Organization, Price, Refusal
from skyvern_ui.models.columns import now
from skyvern_ui.services.credits.endpoints import EMBEDDINGS, IMAGES, RUN_TASK
from tests.services.using import called, failed, noon, service, under_way
from tests.support.databases import settings_for

from .house import House
from .window import Window

HERE = "/settings/services"
LOOKS = pytest.mark.parametrize("size", ["desk", "phone"])
LONG = "the translator for the archive of the department that writes the quarterly reports"


@pytest.fixture
def used(house: House, tmp_path: Path) -> Iterator[str]:
    """Three services that have called for a while; the id of the first. They are gone afterwards."""
    app = create_app(settings_for(f"sqlite:///{house.database}", tmp_path))
    ids = [service(app, "usage of presenton", 300), service(app, LONG, 0), service(app, "usage of bolt", 20_000)]
    for day in range(20):
        called(app, ids[0], 4000 + 900 * (day % 5), at=noon(day), times=2)
        called(app, ids[1], 2500, at=noon(day), endpoint=EMBEDDINGS, model="text-embedding-with-a-long-name-4")
        called(app, ids[2], 9000, at=noon(day), endpoint=IMAGES if day % 2 else RUN_TASK, model=None)
    failed(app, ids[0], "upstream_429", times=3)
    called(app, ids[0], 700, overrun=120, details={"sdk_retry": 1, "ip": "192.0.2.7", "agent": "OpenAI/Python 3",
                                                   "request_id": "f" * 16, "tokens_in": 12_000, "seconds": 31.5})
    under_way(app, ids[2], 25_000, endpoint=RUN_TASK, model=None)
    with app.app_context():
        with writing() as session:
            session.add(Refusal(day=now().date().isoformat(), org_id=ids[1], key_id="", endpoint="x",
                                code="insufficient_credits", status=402, count=31, last_at=now()))
        db.session.remove()
    yield ids[0]
    with app.app_context():
        with writing() as session:
            session.execute(delete(Charge).where(Charge.org_id.in_(ids)))
            session.execute(delete(Organization).where(Organization.id.in_(ids)))
            session.execute(delete(Refusal))
            session.execute(delete(Price))
        db.session.remove()
        db.engine.dispose()
    app.extensions["reader"].close()


@LOOKS
def test_the_overview_is_well_with_all_of_it_open(used: str, window: Callable[..., Window], size: str) -> None:
    opened = window(size=size)
    page = opened.open(HERE)
    page.click(".chart__numbers > summary")
    opened.check()
    for choice in ("?by=model&days=7", "?by=route&days=90"):
        opened.open(HERE + choice)
        opened.check()
    page.locator("[data-dialog-open]").first.click()
    opened.check()
    page.keyboard.press("Escape")


def test_a_service_that_is_empty_gets_credits_in_place(used: str, window: Callable[..., Window]) -> None:
    opened = window()
    page = opened.open(HERE)
    page.click(f".notice:has-text('{LONG} is empty') [data-dialog-open]")
    page.fill("dialog[open] [name=grant-amount]", "5000")
    page.fill("dialog[open] [name=grant-reason]", "to go on")
    opened.press("dialog[open] .btn--primary")
    assert "5,000 credits were given to" in opened.words
    opened.open(HERE)
    assert page.locator(".notice:has-text('is empty')").count() == 0


@LOOKS
def test_calls_are_filtered_without_losing_ones_place(used: str, window: Callable[..., Window], size: str) -> None:
    opened = window(size=size)
    page = opened.open(HERE + "/usage")
    page.locator(".usage__what").nth(0).click()
    page.locator(".usage__what").nth(1).click()
    opened.check()
    rows = page.locator("#usage-calls tbody tr")
    everything = rows.count()
    page.select_option("[name=state]", "refused")
    opened.until(lambda: rows.count() == 3, "only those that cost nothing")
    assert page.url.endswith("/usage?state=refused")
    assert str(page.get_attribute("#usage-export a >> nth=0", "href")).endswith("export.csv?state=refused")
    opened.check()
    page.go_back()
    opened.until(lambda: rows.count() == everything and page.input_value("[name=state]") == "", "all of them again")
    page.click(".usage__sums ~ .table__note a")
    opened.until(lambda: rows.count() == 1, "the repeat")
    opened.check()


@LOOKS
def test_prices_are_set_and_closed_in_place(used: str, window: Callable[..., Window], size: str) -> None:
    opened = window(size=size)
    page = opened.open(HERE + "/prices")
    opened.check()
    if page.locator("#start").count():
        opened.press("#start .btn--primary")
    chat = "#api-v1-llm-chat-completions"
    page.click(f"{chat} > summary")
    page.fill(f"{chat} [name$=-amount]", "0.5")
    page.select_option(f"{chat} [name$=-unit]", "1k_tokens")
    opened.until(lambda: "1,000 tokens costs 0.5" in page.inner_text(f"{chat} .price__preview"), "what it means")
    page.fill(f"{chat} [name$=-hold]", "")
    opened.expected = {422}
    opened.press(f"{chat} .btn--primary")
    assert "Say how much is held" in opened.words
    opened.check()
    page.fill(f"{chat} [name$=-hold]", "4")
    opened.press(f"{chat} .btn--primary")
    assert "0.5 credits for 1,000 tokens" in page.inner_text(f"{chat} > summary")
    page.click(f"{chat} > summary")
    page.click(f"{chat} [data-dialog-open]")
    opened.check()
    opened.press("dialog[open] .btn--danger")
    assert "closed to services" in page.inner_text(f"{chat} > summary")



@LOOKS
@pytest.mark.parametrize("path", ["", "/usage", "/prices", "/prices/v1-run-tasks"])
def test_pages_without_any_calls_are_well(house: House, window: Callable[..., Window], size: str, path: str) -> None:
    opened = window(size=size)
    opened.open(HERE + path)
    opened.check()
