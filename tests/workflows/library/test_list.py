"""The library: found on the server, filtered by its address, and standing when Skyvern is away."""

from __future__ import annotations

import pytest
from flask import Flask

from ...sandbox_server import Sandbox
from ...support.people import Browser, Page
from .shelf import folder, label, put


def titles(page: Page) -> list[str]:
    return [each.get_text("", strip=True) for each in page.all("#workflows-list .table__title")]


def test_everything_is_listed_the_last_saved_first(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    first = put(sandbox, "Order a lamp", {"key": "lamp", "description": "Which one"},
                {"key": "address", "default_value": "12 Garden Lane"})
    put(sandbox, "Read invoices")
    shelf = folder(sandbox, "Shop", first)
    label(sandbox, first, "area:orders", "checked")
    page = ben.get("/workflows")
    assert page.status == 200 and titles(page) == ["Read invoices", "Order a lamp"]
    row = page.one(f"#workflow-{first}")
    words = " ".join(row.get_text(" ").split())
    assert "2 inputs" in words and "required" in words and "12 Garden Lane" in words and "Which one" in words
    assert "version 1" in words and "Shop" in words and "orders" in words and "checked" in words
    assert row.select_one(f'a[href="/workflows/{first}/run"]') and row.select_one(f'a[href="/workflows/{first}/edit"]')
    assert page.one(f'#library-folders a[href="/workflows?folder={shelf}"]').get_text(" ", strip=True) == "Shop 1"
    assert page.one('.nav a[href="/workflows"]')["aria-current"] == "page"


def test_the_search_is_skyverns_and_its_reason_is_shown(ben: Browser, sandbox: Sandbox) -> None:
    wpid = put(sandbox, "Order a lamp", {"key": "street", "default_value": "Garden Lane"})
    put(sandbox, "Read invoices")
    page = ben.get("/workflows?q=garden")
    assert titles(page) == ["Order a lamp"]
    assert page.one(f"#inputs-{wpid}").has_attr("open")
    assert [each.get_text() for each in ben.get("/workflows?q=LAMP").all("mark")] == ["lamp"]
    asked = [each["target"] for each in sandbox.requests("/v1/workflows?")]
    assert any("search_key=garden" in target for target in asked)
    assert page.one('.filters__chosen a.chosen[href="/workflows"]').get_text(" ", strip=True).startswith("Text: garden")


def test_labels_are_and_across_groups_and_or_inside_one(ben: Browser, sandbox: Sandbox) -> None:
    for title, held in (("A", ("env:prod", "team:blue")), ("B", ("env:test", "team:blue")), ("C", ("env:prod",)),
                        ("D", ("urgent",))):
        label(sandbox, put(sandbox, title), *held)
    assert titles(ben.get("/workflows?labels=env:prod&labels=env:test&labels=team:blue")) == ["B", "A"]
    assert titles(ben.get("/workflows?labels=env:*")) == ["C", "B", "A"]
    page = ben.get("/workflows?labels=urgent")
    assert titles(page) == ["D"] and page.one('.filters__group input[type="text"]')["value"] == "urgent"
    both = ben.get("/workflows?labels=env:prod&labels=team:blue")
    assert [a["href"] for a in both.all("a.chosen")] == [
        "/workflows?labels=team%3Ablue", "/workflows?labels=env%3Aprod"]


def test_an_untidy_address_becomes_one_that_can_be_kept(ben: Browser) -> None:
    page = ben.get("/workflows?q=&folder=&labels=a,b&page_size=20&only=templates")
    assert page.status == 303 and page.headers["Location"] == "/workflows?labels=a&labels=b&only=templates"
    typed = ben.get("/workflows?q=lamp", headers={"HX-Request": "true"})
    assert typed.headers["HX-Push-Url"] == "/workflows?q=lamp"
    further = ben.get("/workflows?q=lamps", headers={"HX-Request": "true", "HX-Trigger-Name": "q",
                                                    "HX-Current-URL": "http://localhost/workflows?q=lamp"})
    assert further.headers["HX-Replace-Url"] == "/workflows?q=lamps" and "HX-Push-Url" not in further.headers


def test_stars_are_ones_own(ben: Browser, cleo: Browser, sandbox: Sandbox) -> None:
    mine, _ = put(sandbox, "Mine"), put(sandbox, "Other")
    star = ben.post(f"/workflows/{mine}/favourite", {"on": "1"}, htmx=True)
    assert star.one("button")["aria-pressed"] == "true"
    assert ben.post(f"/workflows/{mine}/favourite", {"on": "1", "next": "/workflows?q=x"}).headers["Location"] == \
        "/workflows?q=x"
    assert titles(ben.get("/workflows?only=favourites")) == ["Mine"]
    assert titles(cleo.get("/workflows?only=favourites")) == []
    ben.post(f"/workflows/{mine}/favourite", {"on": "0"})
    assert "No workflow matches" in ben.get("/workflows?only=favourites").words


def test_templates_and_saved_tasks(ben: Browser, sandbox: Sandbox) -> None:
    wpid = put(sandbox, "A template")
    put(sandbox, "A task", is_saved_task=True)
    assert ben.post(f"/workflows/{wpid}/template", {"is_template": "1"}).status == 303
    assert titles(ben.get("/workflows?only=templates")) == ["A template"]
    assert titles(ben.get("/workflows?only=saved")) == ["A task"]


def test_pages_follow_and_end(ben: Browser, sandbox: Sandbox) -> None:
    for number in range(21):
        put(sandbox, f"W{number}")
    page = ben.get("/workflows")
    assert len(titles(page)) == 20 and page.one('a[rel="next"]')["href"] == "/workflows?page=2"
    last = ben.get("/workflows?page=2")
    assert titles(last) == ["W0"] and not last.all('a[rel="next"]')
    assert last.one('a[rel="prev"]')["href"] == "/workflows"
    assert "past the last one" in ben.get("/workflows?page=3").words


def test_who_saved_it_is_known_from_the_audit(ben: Browser, sandbox: Sandbox) -> None:
    wpid = put(sandbox, "Mine")
    made = str(ben.post(f"/workflows/{wpid}/copies").headers["Location"]).rsplit("/", 1)[1]
    page = ben.get("/workflows")
    assert "Ben" in page.one(f"#workflow-{made}").get_text() and "Ben" not in page.one(f"#workflow-{wpid}").get_text()


def test_nothing_yet_offers_three_beginnings(ben: Browser) -> None:
    page = ben.get("/workflows")
    assert "The first workflow" in page.words
    assert [each["href"] for each in page.all(".ways__way")] == ["/tasks#task-form", "/workflows/new",
                                                                 "/workflows/import"]


@pytest.mark.parametrize(("query", "sentence"), [
    ("folder=nonsense", "begins with fld_"), ("labels=a:", "A label to look for"),
    ("only=everything", "no filter named"), (f"q={'x' * 201}", "at most 200"),
    ("labels=" + "&labels=".join(f"l{n}" for n in range(21)), "At most 20")])
def test_filters_that_do_not_fit_are_a_sentence(ben: Browser, sandbox: Sandbox, query: str, sentence: str) -> None:
    page = ben.get(f"/workflows?{query}")
    assert page.status == 200 and sentence in page.one("#workflows-list .notice--bad").get_text()


def test_with_skyvern_away_the_page_stands(ben: Browser, sandbox: Sandbox) -> None:
    sandbox.fault("/v1/", "status", status=500, count=20)
    page = ben.get("/workflows?q=lamp")
    assert page.status == 200 and "cannot be shown" in page.words
    assert page.one("#workflows-search")["value"] == "lamp"


def test_a_skyvern_without_folders_and_labels_lists_all_the_same(ben: Browser, sandbox: Sandbox) -> None:
    put(sandbox, "Order a lamp")
    for path in ("/v1/folders", "/v1/tag-values", "/v1/workflow-tags"):
        sandbox.fault(path, "status", status=404, body='{"detail":"Not Found"}')
    assert titles(ben.get("/workflows")) == ["Order a lamp"]


def test_the_list_alone_is_a_fragment_and_needs_a_session(ben: Browser, nobody: Browser, sandbox: Sandbox) -> None:
    put(sandbox, "Order a lamp")
    page = ben.get("/workflows/list?q=lamp")
    assert page.one("#workflows-list") and not page.all("html")
    assert nobody.get("/workflows").status == 303 and nobody.get("/workflows/list").status == 303


@pytest.mark.parametrize("wpid", ["nonsense", "wpid_../x", "w_1"])
def test_what_is_no_id_asks_nobody(ben: Browser, sandbox: Sandbox, wpid: str) -> None:
    sandbox.forget_calls()
    for what in ("favourite", "copies", "template", "deletion"):
        assert ben.post(f"/workflows/{wpid}/{what}", {"on": "1"}).status == 404
    assert sandbox.requests("/v1/") == []
