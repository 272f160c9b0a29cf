"""Every page, on a desk and on a phone, in light and in dark: nothing cut off, nothing illegible, nothing said to
the console, nothing asked of another host."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .house import House
from .window import Window

TABS = ("overview", "screenshots", "recording", "output", "files", "inputs")
PAGES = {
    "dashboard": "/dashboard", "task": "/tasks", "runs": "/runs", "runs-filtered": "/runs?status=failed&page_size=20",
    "runs-none": "/runs?q=nothing+is+called+so", "account": "/account", "people": "/settings/users",
    "people-none": "/settings/users?q=nobody", "person-new": "/settings/users/new",
    "person": "/settings/users/user-ben", "myself": "/settings/users/user-ada", "audit": "/settings/audit",
    "audit-filtered": "/settings/audit?outcome=done&person=ada",
    "audit-none": "/settings/audit?person=nobody", "settings": "/settings",
    **{f"run-{state}": f"/runs/{{{state}}}" for state in ("running", "paused", "completed", "failed", "canceled")},
    **{f"tab-{tab}": f"/runs/{{completed}}?tab={tab}" for tab in TABS[1:]},
    **{f"tab-{tab}-running": f"/runs/{{running}}?tab={tab}" for tab in TABS[1:]},
    **{f"tab-{tab}-canceled": f"/runs/{{canceled}}?tab={tab}" for tab in ("screenshots", "output")},
    **{f"run-{kind}": f"/runs/{{{kind}}}" for kind in ("loops", "model", "asking", "codes")},
    **{f"tab-{tab}-loops": f"/runs/{{loops}}?tab={tab}" for tab in ("output", "code", "diagnostics")},
    "inbox": "/inbox", "failures": "/runs/failures", "failures-model": "/runs/failures?by=model_error&days=30",
    "notices": "/notices", "compare": "/runs/compare?left={model}&right={earlier}",
    "compare-one": "/runs/compare?right={loops}", "share": "/runs/{loops}/shares", "shares": "/settings/shares",
}
LOOKS = pytest.mark.parametrize("size", ["desk", "phone"])


def filled(house: House, path: str) -> str:
    return path.format(running=house.running() if "{running}" in path else "", **house.runs)


@LOOKS
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_well(house: House, window: Callable[..., Window], name: str, size: str) -> None:
    opened = window(size=size)
    page = opened.open(filled(house, PAGES[name]))
    if name == "run-running":
        opened.until(lambda: page.get_attribute("#run-viewport", "data-state") == "live", "the live picture")
    if name == "task":
        page.locator("details.group").evaluate_all("all => all.forEach((each) => { each.open = true; })")
    if name == "run-loops":
        page.click("[data-unfold]")
        opened.until(lambda: not page.locator(".timeline__part > .timeline__link").count(), "the turns and branches")
    if name == "tab-diagnostics-loops":
        page.click("#trace-1 > summary")
        page.locator("#trace-1 .trace__text > summary").first.click()
        page.wait_for_selector("#trace-1 pre")
    if name == "audit":
        page.locator("details.more").evaluate_all("all => all.slice(0, 2).forEach((each) => { each.open = true; })")
    opened.check()


@LOOKS
def test_the_door_is_well(window: Callable[..., Window], size: str) -> None:
    opened = window(None, size)
    opened.open("/login")
    opened.check()
    opened.open("/password/no-such-secret-at-all", 410)
    opened.check()


@LOOKS
def test_errors_are_well(window: Callable[..., Window], size: str) -> None:
    ada, ben = window(size=size), window("ben", size)
    ada.open("/runs/tsk_1", 404)
    ada.check()
    ada.open("/nothing/here", 404)
    ada.check()
    ben.open("/settings/users", 403)
    ben.check()
    assert "/settings" not in ben.page.locator("nav#nav a").evaluate_all("all => all.map((a) => a.pathname)")


@LOOKS
def test_a_form_with_mistakes_is_well(window: Callable[..., Window], size: str) -> None:
    opened = window(size=size)
    page = opened.open("/tasks")
    page.fill("#prompt", "Read the price")
    page.locator("details.group").evaluate_all("all => all.forEach((each) => { each.open = true; })")
    page.fill("#data_extraction_schema", "{not json")
    page.fill("#max_steps", "5000")
    page.locator("#task-form").evaluate("form => { form.noValidate = true; }")
    opened.expected = {422}
    opened.press("#task-form .btn--primary")
    page.wait_for_selector("[data-focus]")
    assert page.input_value("#data_extraction_schema") == "{not json"
    assert page.evaluate("document.activeElement.matches('[data-focus]')")
    opened.check()


@LOOKS
def test_a_link_for_a_person_is_well(window: Callable[..., Window], size: str) -> None:
    opened = window(size=size)
    page = opened.open("/settings/users/new")
    page.fill("#name", "Dan Example")
    page.fill("#email", f"dan-{size}@example.com")
    opened.press("main form [type=submit]")
    link = page.inner_text(".copyable code")
    opened.check()
    opened.press("main .btn--primary")
    opened.check()
    stranger = window(None, size)
    stranger.open(link.removeprefix(stranger.base))
    stranger.check()
    stranger.page.fill("#password", "a long sentence of mine")
    stranger.page.fill("#confirm", "another sentence")
    stranger.expected = {422}
    stranger.page.click("main form [type=submit]:not(.theme__choice)")
    stranger.page.wait_for_selector(".field__error")
    stranger.check()


@pytest.mark.parametrize("path", ["/dashboard", "/runs", "/tasks", "/runs/{completed}?tab=files", "/settings/audit",
                                  "/inbox", "/runs/failures", "/runs/{loops}?tab=diagnostics"])
def test_pages_are_light(house: House, path: str) -> None:
    """At most 80 KB and 12 requests at first sight, pictures of the run aside; then 15 KB for each further page."""
    opened = house.window("ben" if path != "/settings/audit" else "ada", locale="de")
    sizes: dict[str, int] = {}
    opened.page.on("requestfinished", lambda request: sizes.update(
        {request.url: sum(request.sizes()[part] for part in ("responseBodySize", "responseHeadersSize"))}))
    cdp = opened.context.new_cdp_session(opened.page)
    cdp.send("Network.enable")
    cdp.send("Network.setCacheDisabled", {"cacheDisabled": True})
    opened.open(filled(house, path))
    opened.page.wait_for_load_state("networkidle")
    assert len(sizes) <= 12, sorted(sizes)
    assert sum(sizes.values()) <= 80_000, sizes
    cdp.send("Network.setCacheDisabled", {"cacheDisabled": False})
    opened.open(filled(house, path))
    sizes.clear()
    opened.open(filled(house, path))
    opened.page.wait_for_load_state("networkidle")
    assert sum(sizes.values()) <= 15_000, sizes
    opened.close()
    assert opened.wrong == []
