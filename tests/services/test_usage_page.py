"""The calls of services for admins: filters in the address, pages without gaps, details, and the same as a file."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask import Flask

from skyvern_ui.audit import CLI
from skyvern_ui.extensions import db
from skyvern_ui.models.columns import now
from skyvern_ui.services.credits.endpoints import CHAT, IMAGES, RUN_TASK
from skyvern_ui.services.keys.rules import Rights, create_key
from skyvern_ui.services.usage import page_rules

from ..support.audit import audited
from ..support.people import Browser, Page
from .using import HOSTILE, called, failed, noon, service, under_way

HERE = "/settings/services/usage"


def shown(page: Page) -> list[str]:
    assert page.status == 200, page.words[:300]
    return [row["id"].removeprefix("call-") for row in page.all("#usage-calls tbody tr")]


def facts(page: Page) -> dict[str, str]:
    return {item.dt.get_text(strip=True): item.dd.get_text(strip=True) for item in page.all(".usage__sums > div")}


def test_it_is_for_admins(app: Flask, ada: Browser, ben: Browser, nobody: Browser) -> None:
    (call,) = called(app, service(app))
    for path in (HERE, f"{HERE}/{call}", f"{HERE}/export.csv", f"{HERE}/export.json"):
        assert ada.client.get(path).status_code == 200
        assert ben.get(path).status == 403
        assert nobody.get(path).status == 303


def test_without_calls_it_says_what_will_be_here(app: Flask, ada: Browser) -> None:
    assert "No calls in 30 days" in ada.get(HERE).words
    called(app, service(app), at=noon(40))
    assert "No calls in 30 days" in ada.get(HERE).words
    assert len(shown(ada.get(f"{HERE}?since={noon(41).date()}"))) == 1


def test_filters_are_in_the_address_and_combine(app: Flask, ada: Browser) -> None:
    first, second = service(app), service(app, "bolt-diy-service")
    with app.app_context():
        key, _ = create_key(first, "production", Rights(("llm:*",)), CLI)
        db.session.remove()
    (a,) = called(app, first, 1000, at=noon(2), key_id=key)
    (b,) = called(app, first, 2000, at=noon(1), endpoint=IMAGES, model="draw")
    (c,) = called(app, second, 3000, details={"sdk_retry": 1})
    (d,) = failed(app, second, "upstream_429")
    (e,) = under_way(app, second, endpoint=RUN_TASK, model=None)
    assert set(shown(ada.get(HERE))) == {a, b, c, d, e} and shown(ada.get(HERE))[-2:] == [b, a]
    for query, found in ((f"service={first}", {a, b}), (f"service={first}&key={key}", {a}), (f"endpoint={IMAGES}", {b}),
                         ("model=draw", {b}), ("model=dra", set()), ("state=settled", {a, b, c}), ("state=held", {e}),
                         ("state=refused", {d}), ("outcome=upstream_429", {d}), ("retried=1", {c}),
                         (f"since={noon(1).date()}&until={noon(1).date()}", {b}), (f"until={noon(1).date()}", {a, b}),
                         (f"service={second}&state=settled&model=gpt", {c}), (f"service={first}&state=held", set())):
        assert set(shown(ada.get(f"{HERE}?{query}"))) == found, query
    page = ada.get(f"{HERE}?service={first}&state=held&since={noon(3).date()}")
    assert "No call fits" in page.words and page.one(f'option[value="{first}"]').has_attr("selected")


def test_an_address_holds_only_what_filters(app: Flask, ada: Browser) -> None:
    untidy = ada.get(f"{HERE}?service=&model=gpt&state=&since=&until=&key=x&utm=1")
    assert untidy.status == 303 and untidy.headers["Location"] == f"{HERE}?model=gpt"
    by_htmx = ada.get(f"{HERE}?service=&model=gpt&state=", headers={"HX-Request": "true"})
    assert (by_htmx.status, by_htmx.headers["HX-Push-Url"]) == (200, f"{HERE}?model=gpt")


def test_what_is_filtered_is_said_and_taken_away_one_by_one(app: Flask, ada: Browser) -> None:
    org_id = service(app)
    page = ada.get(f"{HERE}?service={org_id}&key=k&state=refused&since=2026-01-02&until=2026-01-03&endpoint={CHAT}")
    chips = {chip.get_text(" ", strip=True): parse_qs(urlsplit(chip["href"]).query) for chip in page.all(".chosen")}
    assert set(chips) == {"presenton-service", "Key that is gone", "Cost nothing", "From 2026-01-02", "To 2026-01-03",
                          "Chat"}
    assert "key" not in chips["presenton-service"] and "service" in chips["Key that is gone"]


@pytest.mark.parametrize(("query", "status"), [
    ("since=yesterday", 422), ("until=2026-13-40", 422), ("since=2026-02-02&until=2026-01-01", 422),
    ("since=2020-01-01&until=2026-01-01", 422), ("state=nonsense", 422), ("since=9999-12-31", 422),
    ("since=0001-01-01&until=0001-01-02", 422), ("until=9999-12-31", 422), ("service=nobody", 200), ("model=%00", 422),
    ("outcome=%27--", 200), ("after=x", 200), ("after=2026-01-01~%00", 200), ("after=~", 200), ("endpoint=/v1/x", 200),
    ("model=" + "x" * 300, 422), ("key=abc", 200), ("retried=x", 200)])
def test_senseless_filters_are_answered(app: Flask, ada: Browser, query: str, status: int) -> None:
    page = ada.get(f"{HERE}?{query}")
    if page.status == 303:
        page = ada.get(page.headers["Location"])
    assert page.status == status
    if status == 422:
        assert page.all(".usage__error") and ada.client.get(f"{HERE}/export.csv?{query}").status_code == 422


def test_pages_follow_each_other_without_gaps(app: Flask, ada: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_rules, "PAGE", 4)
    org_id = service(app)
    moment = noon(1)  # all in one moment: the id decides
    made = [called(app, org_id, at=moment)[0] for _ in range(10)]
    found, path = [], f"{HERE}?model=gpt"
    for _ in range(3):
        page = ada.get(path)
        found += shown(page)
        older = [a["href"] for a in page.all(".pager a") if "Older" in a.get_text()]
        path = older[0] if older else ""
        assert "model=gpt" in (path or "model=gpt")
    assert sorted(found) == sorted(made) and not path
    assert [a["href"] for a in page.all(".pager a")] == [f"{HERE}?model=gpt"]


def test_the_sums_are_of_what_is_filtered(app: Flask, ada: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    org_id = service(app)
    called(app, org_id, 1500, times=3)
    called(app, org_id, 2000, overrun=500, details={"sdk_retry": 2})
    called(app, org_id, 0, byok=True, details={"sdk_retry": 1})
    failed(app, org_id, "upstream_500", details={"sdk_retry": 1})
    page = ada.get(HERE)
    assert facts(page) == {"Calls": "6", "Credits": "6.5", "Cost nothing": "1", "Tokens": "45",
                           "Not charged, beyond what was held": "0.5"}
    assert "1 SDK retry was charged , 2 credits in all" in page.words
    only = ada.get(f"{HERE}?retried=1")
    assert len(shown(only)) == 3 and facts(only)["Credits"] == "2"
    monkeypatch.setattr(page_rules, "LOOKED_AT", 2)
    cut = ada.get(HERE)
    assert "among the newest 2 calls" in cut.words and facts(cut)["Calls"] == "2"


def test_rare_calls_are_looked_for_a_piece_at_a_time(app: Flask, ada: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_rules, "LOOKED_AT", 5)
    org_id = service(app)
    (rare,) = called(app, org_id, model="rare", at=noon(3))
    called(app, org_id, times=12, at=noon(1))
    path, pages = f"{HERE}?model=rare", 0
    while not shown(page := ada.get(path)):
        assert "None of the 5 calls that were looked through fits" in page.words and pages < 4
        path, pages = page.one(".pager a:-soup-contains('Look further back')")["href"], pages + 1
    assert shown(page) == [rare] and pages == 2


def test_a_row_tells_all_of_a_call(app: Flask, ada: Browser) -> None:
    org_id = service(app)
    (good,) = called(app, org_id, 3000, overrun=250, idempotency_key="once-7", run_id="wr_1", details={
        "tokens_in": 1200, "tokens_out": 34, "seconds": 2.5, "stream": True, "sdk_retry": 1, "ip": "192.0.2.7",
        "request_id": "req-1", "upstream_status": 200, "reason": "odd",
        "upstream_id": "chatcmpl-9", "agent": "OpenAI/Python"})
    (bad,) = failed(app, org_id, "upstream_timeout", details={"uncertain": True})
    page = ada.get(HERE)
    words = " ".join(page.one(f"#call-{good}").get_text(" ").split())
    for said in ("1,200", "34", "1,234", "2.5 s , streamed", "0.25 beyond what was held", "192.0.2.7", "req-1",
                 "chatcmpl-9", "OpenAI/Python", "once-7", "wr_1", "number 1"):
        assert said.replace(" ,", ",") in words.replace(" ,", ","), said
    lost = " ".join(page.one(f"#call-{bad}").get_text(" ").split())
    assert "The model took too long to answer" in lost and "it may have happened there" in lost
    alone = ada.get(f"{HERE}/{good}")
    assert alone.status == 200 and "3 credits were charged" in alone.words and "chatcmpl-9" in alone.words
    assert "Nothing was charged" in ada.get(f"{HERE}/{bad}").words
    assert ada.get(f"{HERE}/nothing").status == 404


def test_hostile_text_is_only_text(app: Flask, ada: Browser) -> None:
    org_id = service(app, "<script>alert(1)</script>")
    (call,) = called(app, org_id, model=HOSTILE, details={
        "ip": HOSTILE, "agent": "<img src=x>", "seconds": "x", "tokens_in": 3, "images": "<b>"})
    failed(app, org_id, "<b>odd</b>")
    for path in (HERE, f"{HERE}/{call}", f"{HERE}?outcome=<b>odd</b>", f"{HERE}?service={org_id}"):
        page = ada.get(path)
        assert page.status == 200 and "<script>alert" not in page.text and "<img src=x>" not in page.text
    assert shown(ada.get(f"{HERE}?{urlencode({'model': HOSTILE})}")) == [call]


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_an_export_holds_what_the_list_shows(app: Flask, ada: Browser) -> None:
    first, second = service(app, "=cmd|' /C calc'!A0"), service(app, "other")
    (a,) = called(app, first, 1234, model="=HYPERLINK(1)")
    (b,) = called(app, first, 2000, at=noon(2), details={"ip": "@x", "request_id": "r"})
    called(app, second)
    as_csv = ada.client.get(f"{HERE}/export.csv?service={first}")
    assert as_csv.mimetype == "text/csv" and "no-store" in as_csv.headers["Cache-Control"]
    assert f'filename="usage-{now():%Y-%m-%d}.csv"' in as_csv.headers["Content-Disposition"]
    rows = rows_of(as_csv.get_data(as_text=True))
    assert [row["id"] for row in rows] == [a, b] and [row["credits"] for row in rows] == ["1.234", "2.0"]
    assert rows[0]["model"] == "'=HYPERLINK(1)" and rows[0]["service"].startswith("'=cmd") and rows[1]["ip"] == "'@x"
    told: dict[str, Any] = json.loads(ada.client.get(f"{HERE}/export.json?service={first}").get_data(as_text=True))
    assert (told["count"], told["incomplete"]) == (2, None) and [row["id"] for row in told["calls"]] == [a, b]
    assert told["calls"][0]["model"] == "=HYPERLINK(1)" and told["calls"][0]["created_at"].endswith("Z")
    assert ada.get(f"{HERE}/export.xml").status == 404
    assert [row.details for row in audited(app, "usage.export")] == [
        {"format": kind, "filters": f"service={first}"} for kind in ("csv", "json")]


def test_an_export_is_whole_however_many_there_are(app: Flask, ada: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    from skyvern_ui.services.usage import rules

    monkeypatch.setattr(rules, "CHUNK", 7)
    made = called(app, service(app), times=30, at=now() - timedelta(hours=30))
    assert [row["id"] for row in rows_of(ada.client.get(f"{HERE}/export.csv").get_data(as_text=True))] == made[::-1]
    empty = ada.client.get(f"{HERE}/export.json?state=held").get_data(as_text=True)
    assert json.loads(empty) == {"calls": [], "count": 0, "incomplete": None}
