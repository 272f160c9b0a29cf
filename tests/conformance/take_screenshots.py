"""Renew the README's pictures, from this code in front of the real Skyvern.

Run as `python -m tests.conformance.take_screenshots`.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from tests.conformance.person import CHROMIUM, PHONE, QUIET, Person
from tests.real.model import running_model
from tests.real.site import running_site
from tests.real.skyvern import running_skyvern
from tests.support.people import PASSWORD
from tests.support.server import ROOT, running_server

IMAGES = ROOT / "docs" / "images"


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name, running_model() as model, running_site() as site:
        folder = Path(name)
        with running_skyvern(folder / "skyvern", model_url=model.url) as real, \
                running_server(f"sqlite:///{folder / 'ui.db'}", folder, SKYVERN_API_URL=real.url,
                               SKYVERN_KEY_PATHS=str(real.env_file.parent)) as server, sync_playwright() as play:
            browser = play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
            ada = Person(browser, server, "Ada Example", "ada@example.com", PASSWORD)
            walk(ada, browser, model, site.moving)
            browser.close()


def walk(ada: Person, browser: Any, model: Any, shop: str) -> None:
    """Sets up, lets a few runs end in different ways, and takes the pictures."""
    page = ada.page
    ada.open("/setup")
    for field, value in (("name", ada.name), ("email", ada.email), ("password", ada.password)):
        page.fill(f"[name={field}]", value)
    page.click("form[action='/setup'] [type=submit]")
    page.locator("form.offer [type=submit]").first.click()
    page.wait_for_url("**/setup/done")
    for prompt in ("Read the opening hours", "Compare the delivery times", "List the lamps on offer"):
        ada.start_task(prompt, shop)
        ada.until(lambda: ada.status == "completed", 60, "the run")
    model.set_mode("quota")
    ada.start_task("Order the Harbour lamp", shop)
    ada.until(lambda: ada.status == "failed", 120, "the failure")
    model.set_mode("work", steps=3)
    ada.start_task("Read the price of the Harbour lamp from the offers", shop)
    ada.until(ada.picture, 60, "a live picture")
    ada.until(lambda: page.locator(".timeline li").count() >= 2, 60, "two steps")
    page.screenshot(path=IMAGES / "run-live.png")
    phone = browser.new_context(viewport=PHONE, color_scheme="dark", storage_state=ada.context.storage_state())
    small = phone.new_page()
    small.goto(page.url)
    small.wait_for_selector("canvas:not([hidden])", timeout=30_000)
    small.screenshot(path=IMAGES / "phone.png")
    ada.open("/dashboard")
    page.screenshot(path=IMAGES / "dashboard.png")


if __name__ == "__main__":
    main()
