"""Links to one run: signed, running out, revocable; guests read little and reach nothing else."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from skyvern_ui.audit import CLI
from skyvern_ui.database import writing
from skyvern_ui.models import Share
from skyvern_ui.models.columns import now
from skyvern_ui.sandbox.examples import workflow
from skyvern_ui.settings.rules import save_preferences
from skyvern_ui.shares.rules import WRONG, token_of
from skyvern_ui.users.rules import ban, remove, unban

from ..sandbox_server import Sandbox
from ..support.audit import audited
from ..support.databases import SECRET
from ..support.people import Browser, Page
from ..support.server import wait_for
from ..support.waits import owned_by

PROMPT = "Order the lamp called Zanzibar for Mrs Quillfeather"


@pytest.fixture(autouse=True)
def with_skyvern(connected: Flask) -> Flask:
    return connected


def finished(sandbox: Sandbox, prompt: str = PROMPT, **more: Any) -> str:
    body = {"prompt": prompt, "url": "https://shop.example/secret-corner", "engine": "skyvern-1.0", **more}
    run_id = str(sandbox.call("POST", "/v1/run/tasks", json=body).json()["run_id"])
    wait_for(lambda: sandbox.call("GET", f"/v1/runs/{run_id}").json()["status"] in ("completed", "failed"), 20,
             "its end")
    return run_id


def link(browser: Browser, run_id: str, **fields: str) -> str:
    page = browser.post(f"/runs/{run_id}/shares", {"lasts": "day", **fields})
    assert page.status == 201, page.words
    return "/" + page.one(".copyable code").get_text().partition("//")[2].partition("/")[2]


def picture_of(page: Page) -> str:
    return str(page.all("img")[0]["src"])


def test_a_guest_reads_the_run_and_nothing_of_how_it_was_asked(ben: Browser, nobody: Browser, sandbox: Sandbox) -> None:
    run_id = finished(sandbox, webhook_url="https://hooks.example/deep", totp_identifier="ada@example.com")
    page = nobody.get(link(ben, run_id))
    assert page.status == 200 and "completed" in page.words
    assert page.all("#shared-run .timeline__item") and page.all("video") and page.all(".gallery img")
    for hidden in ("Zanzibar", "Quillfeather", "secret-corner", "hooks.example", "ada@example.com", "reading lamp",
                   "12 Garden Lane", "127.0.0.1", sandbox.key, "file://"):
        assert hidden not in page.text, hidden
    hrefs = {tag.get(name) for tag in page.html.find_all(True) for name in ("href", "src", "action", "hx-get")}
    away = {h for h in hrefs if h and not h.startswith(("/shared/", "/static/", "#"))}
    assert away == set(), "a way into the house"
    assert not page.all("form")


def test_the_output_stands_there_as_json(ben: Browser, nobody: Browser, sandbox: Sandbox) -> None:
    run_id = finished(sandbox, "Read the number of the order")
    page = nobody.get(link(ben, run_id))
    drawn = next(pre.get_text() for pre in page.all("pre") if "order_number" in pre.get_text())
    output = sandbox.call("GET", f"/v1/runs/{run_id}").json()["output"]
    assert json.loads(drawn)["order_number"] == output["order_number"]


def test_with_inputs_a_guest_reads_them_but_no_address_of_the_house(ben: Browser, nobody: Browser,
                                                                    sandbox: Sandbox) -> None:
    run_id = finished(sandbox, webhook_url="https://hooks.example/deep", totp_identifier="ada@example.com")
    page = nobody.get(link(ben, run_id, shows_inputs="y"))
    assert "Quillfeather" in page.words and "secret-corner" in page.words and "12 Garden Lane" in page.words
    for hidden in ("hooks.example", "ada@example.com", "127.0.0.1", "file://", sandbox.key):
        assert hidden not in page.text, hidden


PAINTING = [{"block_type": "wait", "label": "dry", "wait_sec": 1}]


def test_what_the_house_does_not_show_its_own_people_no_guest_reads(ben: Browser, nobody: Browser,
                                                                     sandbox: Sandbox) -> None:
    wpid = sandbox.workflow(workflow("Paint", "", PAINTING, shop_password="", colour=""))
    run_id = sandbox.run_workflow(wpid, parameters={"shop_password": "Open-Sesame-9", "colour": "vermilion"})
    page = nobody.get(link(ben, run_id, shows_inputs="y"))
    assert "vermilion" in page.words
    assert "Open-Sesame-9" not in page.text and "(not shown)" in page.words


def test_a_link_is_revoked_while_skyvern_is_away(ben: Browser, nobody: Browser, sandbox: Sandbox) -> None:
    run_id = finished(sandbox)
    address = link(ben, run_id)
    action = ben.get(f"/runs/{run_id}/shares").all("form[action$='/revocation']")[0]["action"]
    sandbox.fault("/", "reset", count=50)
    assert ben.post(str(action)).status == 303
    sandbox.forget_faults()
    assert nobody.get(address).status == 410


def test_the_headers_keep_the_link_to_itself(ben: Browser, nobody: Browser, sandbox: Sandbox) -> None:
    address = link(ben, finished(sandbox))
    page = nobody.get(address)
    for path in (address, address + "/run", picture_of(page), "/shared/nonsense", address + "x"):
        headers = nobody.client.get(path).headers
        assert headers["Referrer-Policy"] == "no-referrer", path
        assert "noindex" in headers["X-Robots-Tag"]
        assert headers.getlist("Referrer-Policy") == ["no-referrer"]


def test_pictures_come_through_the_link_and_ranges_work(ben: Browser, nobody: Browser, sandbox: Sandbox) -> None:
    page = nobody.get(link(ben, finished(sandbox)))
    whole = nobody.client.get(picture_of(page))
    assert whole.status_code == 200 and whole.mimetype == "image/png" and len(whole.data) > 1000
    assert "sandbox" in whole.headers["Content-Security-Policy"]
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    film = str(page.one("video")["src"])
    part = nobody.client.get(film, headers={"Range": "bytes=10-19"})
    assert part.status_code == 206 and len(part.data) == 10
    assert nobody.client.get(film, headers={"Sec-Fetch-Dest": "iframe"}).status_code == 403


def test_an_artifact_of_another_run_or_kind_is_not_there(ben: Browser, nobody: Browser, sandbox: Sandbox) -> None:
    mine, other = finished(sandbox), finished(sandbox, "Another lamp")
    address = link(ben, mine)
    listed = {run: sandbox.call("GET", f"/v1/runs/{run}/artifacts").json() for run in (mine, other)}
    foreign = [a["artifact_id"] for a in listed[other]]
    diagnostics = [a["artifact_id"] for a in listed[mine]
                   if not a["artifact_type"].startswith("screenshot") and a["artifact_type"] != "recording"]
    assert foreign and diagnostics
    sandbox.forget_calls()
    for artifact_id in [*foreign[:3], diagnostics[0], "a_404404", "a_1;x", "nonsense"]:
        assert nobody.get(f"{address}/artifacts/{artifact_id}").status == 404, artifact_id
    assert [r for r in sandbox.requests() if "/content" in r["target"]] == []


@pytest.mark.parametrize("token", ["nonsense", "a.b", "x" * 5000, "é", "%00", "..", "'; drop table share"])
def test_a_link_nobody_made_is_not_there(nobody: Browser, sandbox: Sandbox, token: str) -> None:
    for path in ("", "/run", "/artifacts/a_1"):
        page = nobody.get(f"/shared/{token}{path}")
        assert page.status == 404 and "/login" not in page.text
    assert sandbox.requests() == []


def test_a_changed_link_is_not_there(ben: Browser, nobody: Browser, sandbox: Sandbox) -> None:
    address = link(ben, finished(sandbox))
    token = address.removeprefix("/shared/")
    payload, _, signature = token.partition(".")
    flipped = ("A" if signature[3] != "A" else "B")
    for wrong in (token[:-3], token + "a", payload, f"{payload}.{signature[:3]}{flipped}{signature[4:]}",
                  token_of("0" * 32, ["another secret that is long enough"]), token_of("f" * 32, [SECRET])):
        page = nobody.get(f"/shared/{wrong}")
        assert page.status == 404 and "does not work any more" in page.words


def test_a_rotated_key_still_reads(nobody: Browser) -> None:
    from skyvern_ui.shares.rules import _serializer

    assert _serializer(["new", "old"]).loads(token_of("a" * 32, ["old"])) == "a" * 32


def test_a_link_runs_out(connected: Flask, ben: Browser, nobody: Browser, sandbox: Sandbox) -> None:
    address = link(ben, finished(sandbox))
    picture = picture_of(nobody.get(address))
    with connected.app_context(), writing() as session:
        session.execute(update(Share).values(expires_at=now() - timedelta(seconds=1)))
    sandbox.forget_calls()
    for path in (address, address + "/run", picture):
        assert nobody.get(path).status == 410, path
    assert sandbox.requests() == []


def test_a_revoked_link_ends_at_once_and_only_its_maker_or_an_admin_revokes(
        connected: Flask, ada: Browser, ben: Browser, cleo: Browser, nobody: Browser, sandbox: Sandbox) -> None:
    run_id = finished(sandbox)
    address = link(ben, run_id)
    picture = picture_of(nobody.get(address))
    form = ben.get(f"/runs/{run_id}/shares").one("form[action$='/revocation']")["action"]
    assert cleo.get(f"/runs/{run_id}/shares").all("form[action$='/revocation']") == []
    assert cleo.post(form).status == 403
    assert nobody.get(address).status == 200
    assert ada.post(form).status == 303
    for path in (address, address + "/run", picture):
        assert nobody.get(path).status == 410, path
    assert ben.post(form).status == 303
    assert [(r.user_name, r.resource_id) for r in audited(connected, "share.revoke")] == [("Ada", run_id)]
    assert "Revoked by Ada" in ben.get(f"/runs/{run_id}/shares").words


def test_a_link_ends_with_its_maker(connected: Flask, ben: Browser, nobody: Browser, sandbox: Sandbox) -> None:
    address = link(ben, finished(sandbox))
    with connected.app_context():
        ban("user-ben", None, None, CLI)
    assert nobody.get(address).status == 410
    with connected.app_context():
        unban("user-ben", CLI)
    assert nobody.get(address).status == 200
    with connected.app_context():
        remove("user-ben", CLI)
    assert nobody.get(address).status == 410


def test_a_link_to_a_run_that_its_maker_may_not_see_any_more_ends(connected: Flask, ben: Browser, cleo: Browser,
                                                                  nobody: Browser, sandbox: Sandbox) -> None:
    run_id = finished(sandbox)
    owned_by(connected, "ben", run_id)
    his, hers = link(ben, run_id), link(cleo, run_id)
    with connected.app_context():
        save_preferences({"private_runs": True}, CLI)
    assert (nobody.get(his).status, nobody.get(hers).status) == (200, 410)
    assert cleo.get(f"/runs/{run_id}/shares").status == 404


def test_opening_is_written_down_once_in_a_while(connected: Flask, ben: Browser, nobody: Browser,
                                                 sandbox: Sandbox) -> None:
    run_id = finished(sandbox)
    address = link(ben, run_id)
    for path in (address, address + "/run", address + "/run", address):
        nobody.get(path)
    (row,) = audited(connected, "share.open")
    assert (row.user_name, row.actor_kind, row.resource_id) == ("shared link", "link", run_id)
    assert row.ip_address == "127.0.0.1"
    nobody.get(address, environ_base={"REMOTE_ADDR": "127.0.0.9"})
    assert len(audited(connected, "share.open")) == 2
    assert "opened 2 times" in ben.get(f"/runs/{run_id}/shares").words
    stored = json.dumps([r.details for a in ("share.create", "share.open") for r in audited(connected, a)])
    assert address.removeprefix("/shared/") not in stored


def test_the_link_is_in_no_log_line(ben: Browser, nobody: Browser, sandbox: Sandbox,
                                    capfd: pytest.CaptureFixture[str]) -> None:
    address = link(ben, finished(sandbox))
    nobody.get(address)
    nobody.get(address + "/run")
    nobody.get(address + "x")
    said = capfd.readouterr()
    assert address.removeprefix("/shared/")[:40] not in said.out + said.err
    assert "/shared/***" in said.out


def test_guessing_is_slowed_down(nobody: Browser) -> None:
    statuses = [nobody.get(f"/shared/guess{n}").status for n in range(2 * WRONG.most + 2)]  # a minute may turn
    assert statuses[0] == 404 and 429 in statuses


def test_a_live_run_polls_its_own_fragment_until_it_ends(ben: Browser, nobody: Browser, sandbox: Sandbox) -> None:
    run_id = str(sandbox.call("POST", "/v1/run/tasks", json={"prompt": PROMPT, "url": "https://shop.example/"})
                 .json()["run_id"])
    address = link(ben, run_id)
    assert nobody.get(address).one("#shared-run")["hx-get"] == address + "/run"
    wait_for(lambda: nobody.get(address + "/run").one("#shared-run").get("hx-get") is None, 20, "the end of polling")


def test_with_skyvern_away_a_guest_reads_one_calm_sentence(ben: Browser, nobody: Browser, sandbox: Sandbox) -> None:
    address = link(ben, finished(sandbox))
    sandbox.fault("/v1/runs", "reset", count=9)
    page = nobody.get(address)
    assert page.status in (502, 504) and "cannot be shown just now" in page.words and "Skyvern took" not in page.words


def test_bad_choices_make_no_link(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    run_id = finished(sandbox)
    for bad in ("", "for ever", "é"):
        page = ben.post(f"/runs/{run_id}/shares", {"lasts": bad})
        assert page.status == 422 and page.one("[data-focus]")
    assert audited(connected, "share.create") == []


@pytest.mark.parametrize("run_id", ["wr_404404", "nonsense", "tsk_1;x"])
def test_unknown_runs_and_links_are_not_found(ben: Browser, nobody: Browser, sandbox: Sandbox, run_id: str) -> None:
    assert ben.get(f"/runs/{run_id}/shares").status == 404
    assert ben.post(f"/runs/{run_id}/shares", {"lasts": "day"}).status == 404
    assert ben.post(f"/runs/{run_id}/shares/x/revocation").status == 404
    assert nobody.get(f"/runs/{run_id}/shares").headers["Location"].startswith("/login")


def test_a_link_of_another_run_is_not_revoked_through_this_one(ben: Browser, nobody: Browser, sandbox: Sandbox) -> None:
    mine, other = finished(sandbox), finished(sandbox, "Another lamp")
    address = link(ben, mine)
    action = ben.get(f"/runs/{mine}/shares").one("form[action$='/revocation']")["action"]
    assert ben.post(action.replace(mine, other)).status == 404
    assert nobody.get(address).status == 200


def test_admins_see_every_link(ada: Browser, ben: Browser, sandbox: Sandbox) -> None:
    run_id = finished(sandbox)
    link(ben, run_id)
    assert ada.get("/settings/shares").one(f'a[href="/runs/{run_id}"]')
    assert ben.get("/settings/shares").status == 403
