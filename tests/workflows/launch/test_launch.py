"""Starting a workflow by hand: inputs of every type, files, options, an earlier version, an earlier run."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog, Claim
from skyvern_ui.models.run_record import RunOrigin
from skyvern_ui.workflows.launch.inputs import Input, read_inputs, shown

from ...sandbox_server import Sandbox
from ...support.people import Browser, Page
from .. import orders

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def wpid(connected: Flask, sandbox: Sandbox) -> str:
    return orders.order(sandbox)


def told(sandbox: Sandbox, page: Page) -> dict[str, Any]:
    """What Skyvern says it was asked by this start."""
    assert page.status == 303, page.words
    run_id = page.headers["Location"].rsplit("/", 1)[1]
    return dict(sandbox.call("GET", f"/v1/runs/{run_id}").json()["run_request"])


def test_the_form_says_what_is_asked(ben: Browser, wpid: str) -> None:
    page = ben.get(f"/workflows/{wpid}/run")
    assert page.one("#p-name").name == "textarea" and "required" in page.one("label[for=p-count]").get_text()
    assert page.one("#p-price")["value"] == "1.5" and "optional" in page.one("label[for=p-price]").get_text()
    assert [each["value"] for each in page.all("#p-really input")] == ["true", "false"]
    assert json.loads(page.one("#p-extra").get_text()) == {"a": 1}
    assert page.one("#file-papers")["type"] == "file" and page.one("#p-login").name == "input"
    assert ben.get("/workflows/wpid_none/run").status == 404 and ben.get("/workflows/nonsense/run").status == 404
    assert ben.get(f"/workflows/{wpid}/run?version=7").status == 404
    assert ben.get(f"/workflows/{wpid}/run?version=x").status == 404


def test_a_start_is_typed_claimed_and_recorded(connected: Flask, ben: Browser, sandbox: Sandbox, wpid: str) -> None:
    page = ben.post(f"/workflows/{wpid}/run", {
        **orders.TYPED, "run_with": "code", "ai_fallback": "no", "webhook_url": "hook.example.com/x",
        "max_elapsed_time_minutes": "5", "extra_http_headers": '{"X-A": "b"}', "run_metadata": "customer: acme"})
    asked = told(sandbox, page)
    assert asked["parameters"] == orders.VALUES
    assert (asked["run_with"], asked["ai_fallback"], asked["webhook_url"]) == ("code", False, "https://hook.example.com/x")
    assert asked["max_elapsed_time_minutes"] == 5 and asked["extra_http_headers"] == {"X-A": "b"}
    assert asked["run_metadata"] == {"customer": "acme"} and asked["proxy_location"] is None
    with connected.app_context():
        run_id = page.headers["Location"].rsplit("/", 1)[1]
        claim = db.session.get(Claim, run_id)
        row = db.session.scalars(select(AuditLog).where(AuditLog.action == "run.create")).one()
        assert claim and claim.actor_id == "user-ben"
        assert (row.outcome, row.resource_id, row.details["workflow"]) == ("done", run_id, wpid)


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(ben: Browser, sandbox: Sandbox, wpid: str) -> None:
    page = ben.post(f"/workflows/{wpid}/run", {
        **orders.TYPED, "p-count": "many", "p-extra": "{", "browser_session_id": "none", "totp_identifier": "a@b.c"})
    assert page.status == 422
    assert "whole number" in page.one("#p-count-error").get_text() and "JSON" in page.one("#p-extra-error").get_text()
    assert page.one("#p-count")["value"] == "many" and page.one("#p-name").get_text().strip() == "Ada Example"
    assert "pbs_" in page.one("#browser_session_id-error").get_text()
    assert page.one("#totp_identifier")["value"] == "a@b.c" and page.one("#p-really input[checked]")["value"] == "true"
    links = {each["href"] for each in page.all(".notice--bad a")}
    assert {"#p-count", "#p-extra", "#browser_session_id"} <= links
    assert not sandbox.requests("/v1/run/workflows")
    left_out = ben.post(f"/workflows/{wpid}/run", {**orders.TYPED, "p-really": ""})
    assert "needs this" in left_out.one("#p-really-error").get_text()


@pytest.mark.parametrize("field", [
    {"run_metadata": "alone"}, {"run_metadata": "skyvern.x: y"}, {"max_elapsed_time_minutes": "481"},
    {"start_fresh_browser": "y", "browser_profile_id": "bp_1"}, {"webhook_url": "ftp://x"},
    {"browser_session_id": "pbs_1", "browser_profile_id": "bp_1"}, {"cdp_connect_headers": '{"a": 1}'}])
def test_options_that_skyvern_would_refuse(ben: Browser, sandbox: Sandbox, wpid: str, field: dict[str, str]) -> None:
    page = ben.post(f"/workflows/{wpid}/run", {**orders.TYPED, **field})
    assert page.status == 422 and page.all(".field__error") and not sandbox.requests("/v1/run/workflows")


def test_a_chosen_file_survives_an_error(ben: Browser, sandbox: Sandbox, wpid: str) -> None:
    page = sent(ben, wpid, {**orders.TYPED, "p-count": "many"},
                {"file-papers": (io.BytesIO(b"x" * 700_000), "a b.pdf")})
    assert page.status == 422 and "a b.pdf is uploaded" in page.words
    [upload] = sandbox.uploads()
    assert (upload["name"], upload["size"]) == ("a b.pdf", 700_000)
    kept = {each["name"]: each["value"] for each in page.all("input[name$=-papers]") if each.get("value")}
    again = ben.post(f"/workflows/{wpid}/run", {**orders.TYPED, "p-papers": "", **{
        name: kept[name] for name in ("kept-papers", "named-papers")}})
    assert upload["file_id"] in told(sandbox, again)["parameters"]["papers"] and len(sandbox.uploads()) == 1
    dropped = ben.post(f"/workflows/{wpid}/run", {**orders.TYPED, "p-papers": "", **kept, "dropped-papers": "1"})
    assert dropped.status == 422 and "needs this" in dropped.one("#p-papers-error").get_text()


def test_files_that_cannot_be_taken(ben: Browser, sandbox: Sandbox, wpid: str) -> None:
    empty = sent(ben, wpid, orders.TYPED, {"file-papers": (io.BytesIO(), "nothing.pdf")})
    assert empty.status == 422 and "empty" in empty.one("#p-papers-error").get_text()
    sandbox.fault("/api/v1/upload_file", "status", status=500, body={"detail": "Failed to upload file to S3."})
    failed = sent(ben, wpid, orders.TYPED, {"file-papers": (io.BytesIO(b"x"), "a.pdf")})
    assert "Failed to upload" in failed.one("#p-papers-error").get_text()
    assert failed.one("#p-papers")["value"] == orders.TYPED["p-papers"]
    big = sent(ben, wpid, orders.TYPED, {"file-papers": (io.BytesIO(b"x" * (30 * 1024 * 1024 + 1)), "a.pdf")})
    assert big.status == 422 and "30 MB" in big.one("#p-papers-error").get_text()


def sent(browser: Browser, wpid: str, data: dict[str, str], files: dict[str, Any]) -> Page:
    return Page(browser.client.post(f"/workflows/{wpid}/run", data={"csrf_token": browser.token(), **data, **files},
                                    headers={"Origin": "http://localhost"}, content_type="multipart/form-data"))


def test_skyvern_refuses_and_is_away(ben: Browser, sandbox: Sandbox, wpid: str) -> None:
    page = ben.post(f"/workflows/{wpid}/run", {**orders.TYPED, "p-login": "cred_1"})
    assert page.status == 422 and "Invalid credential ID" in page.words and page.one("#p-login")["value"] == "cred_1"
    sandbox.fault("/v1/run/workflows", "status", status=503, body={"detail": "Busy"}, headers={"retry-after": "5"})
    assert ben.post(f"/workflows/{wpid}/run", orders.TYPED).status == 502
    sandbox.fault("/api/v1/workflows/", "reset", count=2)
    drawn = {each["name"]: each["value"] for each in page.all("input[type=hidden][name^=kind-], input[name=called]")}
    away = ben.post(f"/workflows/{wpid}/run", {**orders.TYPED, **drawn, "totp_identifier": "kept@example.com"})
    assert away.status == 502 and away.one("#p-count")["value"] == "3"
    assert away.one("#totp_identifier")["value"] == "kept@example.com"
    assert away.one("#p-name").get_text().strip() == "Ada Example" and away.one("#p-really input[checked]")["value"]
    assert "Order lamps" in away.one("h1").get_text()


def test_credentials_are_chosen_by_name(ben: Browser, sandbox: Sandbox, wpid: str) -> None:
    shop, bank = (orders.credential(sandbox, name) for name in ("Shop", "Bank"))
    page = ben.get(f"/workflows/{wpid}/run")
    offered = [each.get_text() for each in page.all("#p-login option")]
    assert offered == ["No credential", "Bank (password)", "Shop (password)"]
    assert "ada@example.com" not in page.one("main").get_text(), "nothing of what a credential holds"
    started = ben.post(f"/workflows/{wpid}/run", {**orders.TYPED, "p-login": shop})
    assert told(sandbox, started)["parameters"]["login"] == shop
    pool = [{"parameter_type": "credential", "key": "account", "credential_id": shop, "credential_ids": [shop, bank]}]
    other = orders.workflow(sandbox, pool)
    page = ben.get(f"/workflows/{other}/run")
    assert [each["value"] for each in page.all("#p-account option")] == ["", shop, bank]
    assert told(sandbox, ben.post(f"/workflows/{other}/run", {"p-account": bank}))["parameters"] == {"account": bank}
    assert ben.post(f"/workflows/{other}/run", {"p-account": "cred_other"}).status == 422
    sandbox.fault("/v1/credentials", "status", status=500)
    assert "did not list its credentials" in ben.get(f"/workflows/{wpid}/run").words


def test_an_earlier_version_and_an_earlier_run(connected: Flask, ben: Browser, cleo: Browser, sandbox: Sandbox,
                                               wpid: str) -> None:
    orders.save_again(sandbox, wpid, [])
    assert "asks for no inputs" in ben.get(f"/workflows/{wpid}/run").words
    page = ben.get(f"/workflows/{wpid}/run?version=1")
    assert "Run version 1" in page.words and page.one("input[name=version]")["value"] == "1"
    started = ben.post(f"/workflows/{wpid}/run", {**orders.TYPED, "version": "1", "webhook_url": "https://h.example.com/x"})
    asked = told(sandbox, started)
    assert asked["parameters"] == orders.VALUES and asked["webhook_url"] == "https://h.example.com/x"
    assert sandbox.requests(f"/api/v1/workflows/{wpid}/run?version=1")
    first = started.headers["Location"].rsplit("/", 1)[1]
    again = ben.get(f"/workflows/{wpid}/run?version=1&from={first}")
    assert again.one("#p-count")["value"] == "3" and again.one("#webhook_url")["value"] == "https://h.example.com/x"
    assert "count" in ben.get(f"/workflows/{wpid}/run?from={first}").one(".notice--info").get_text()
    new = ben.post(f"/workflows/{wpid}/run", {"from": first}).headers["Location"].rsplit("/", 1)[1]
    with connected.app_context():
        origin = db.session.get(RunOrigin, new)
        assert origin and (origin.origin_id, origin.how) == (first, "changed")
    assert ben.get(f"/workflows/{orders.order(sandbox)}/run?from={first}").status == 409
    assert ben.get(f"/workflows/{wpid}/run?from=wr_404").status == 404


def test_an_empty_workflow_is_not_started(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    empty = sandbox.workflow({"title": "Empty", "workflow_definition": {"parameters": [], "blocks": []}})
    page = ben.get(f"/workflows/{empty}/run")
    assert "no blocks yet" in page.words and page.one("#launch-form button.btn--primary").has_attr("disabled")
    assert ben.post(f"/workflows/{empty}/run").status == 422 and not sandbox.requests("/v1/run/workflows")


def test_what_would_make_it_fail_is_said_before(connected: Flask, ben: Browser, sandbox: Sandbox, wpid: str) -> None:
    """An older Skyvern has kept what a newer one refuses."""
    broken = sandbox.call("GET", f"/api/v1/workflows/{wpid}").json()
    broken["workflow_definition"]["blocks"][0]["parameters"] = [{"key": "nobody"}]
    sandbox.fault(f"/api/v1/workflows/{wpid}", "status", status=200, body=broken)
    page = ben.get(f"/workflows/{wpid}/run")
    assert "likely to fail" in page.one(".notice--warn").get_text() and "go:" in page.one(".notice--warn").get_text()
    assert not page.one("#launch-form button.btn--primary").has_attr("disabled"), "Skyvern has the last word"


def test_nobody_starts_anything(nobody: Browser, sandbox: Sandbox, wpid: str) -> None:
    assert "/login" in nobody.get(f"/workflows/{wpid}/run").headers["Location"]
    assert "/login" in nobody.post(f"/workflows/{wpid}/run", orders.TYPED).headers["Location"]
    assert not sandbox.requests("/v1/run/workflows")


def test_reading_inputs(database_url: str) -> None:
    inputs = (Input("a", "integer", "", None), Input("b", "json", "", {"x": 1}), Input("c", "string", "", None),
              Input("d", "boolean", "", None), Input("e", "login", "", None, ("cred_1",)))
    values, wrong = read_inputs(inputs, {"a": "1.5", "b": "[NaN]", "c": "\x00", "d": "Yes", "e": "cred_2"})
    assert values == {"d": True} and set(wrong) == {"a", "b", "c", "e"}
    assert read_inputs(inputs, {"a": "-3", "d": "0"}) == ({"a": -3, "c": "", "d": False}, {})
    assert [shown(each) for each in (None, "x", True, 1.5, {"a": "é"})] == ["", "x", "true", "1.5", '{\n  "a": "é"\n}']
