"""The support bundle: what helps is in it, and no secret, however it is written, and nobody's name."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import select

from skyvern_ui.database import writing
from skyvern_ui.doctor.bundle.secrets import scrub_of_everything
from skyvern_ui.doctor.finding import Finding
from skyvern_ui.doctor.history.rules import remember
from skyvern_ui.extensions import db
from skyvern_ui.llm.known_rules import place_of
from skyvern_ui.models import Account, AuditLog, Failure, LlmKey, Session
from skyvern_ui.models.columns import now

from ..sandbox_server import Sandbox
from ..support.databases import SECRET
from ..support.people import Browser
from .looking import failing, fine, saw

SECRETS = {
    "SETUP_TOKEN": "setup&token/with=marks", "METRICS_TOKEN": "metrics-token-5f3a9c",
    "LLM_UPSTREAM_KEY": "upstream+key/of=the model", "SKYVERN_API_KEY": "environ-key-81aa02cd4e",
    "SMTP": "mail p@ss/word", "WATCH": "webhook secret ünïcode", "LLM": "registered-model-key-9f8e7d6c",
    "FILE": "abcdefgh.ijklmnop.qrstuvwx", "ENV": "provider-key-in-a-file-77",
}


@pytest.fixture
def app_settings(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "left").mkdir()
    (tmp_path / "left" / ".env").write_text(
        f"SKYVERN_API_KEY={SECRETS['FILE']}\nOPENAI_COMPATIBLE_API_BASE=http://llm.internal/v1\n"
        f"OPENAI_COMPATIBLE_API_KEY={SECRETS['ENV']}\n")
    return {"SECRET_KEY": f"{SECRET},older-secret-0123456789abcdef0123456789",
            "SMTP_URL": f"smtps://mailer:{quote(SECRETS['SMTP'], safe='')}@mail.internal",
            "MAIL_FROM": "robot@corp.example", "SKYVERN_KEY_PATHS": str(tmp_path / "left"),
            "LLM_UPSTREAM_URL": "https://llm.corp.example/v1", "NOTICE_HOSTS": "hooks.internal",
            **{name: SECRETS[name] for name in ("SETUP_TOKEN", "METRICS_TOKEN", "LLM_UPSTREAM_KEY", "SKYVERN_API_KEY")}}


def download(browser: Browser, **form: str) -> dict[str, str]:
    page = browser.client.post("/doctor/bundle", data={"csrf_token": browser.token(), **form},
                               headers={"Origin": "http://localhost"})
    assert page.status_code == 200 and page.mimetype == "application/zip"
    assert page.headers["Content-Disposition"].startswith('attachment; filename="skyvern-ui-support-20')
    with zipfile.ZipFile(io.BytesIO(page.data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def ways(secret: str) -> dict[str, str]:
    """How a secret may turn up in what others answer."""
    raw = secret.encode()
    return {
        "plain": secret, "in a sentence": f"Incorrect API key provided: {secret}. You can find it at …",
        "url": quote(secret, safe=""), "json": json.dumps({"key": secret}), "hex": raw.hex(),
        "base64": base64.b64encode(raw).decode(), "basic": base64.b64encode(b"user:" + raw).decode(),
        "inside 1": base64.b64encode(b'{"api_key": "' + raw + b'"}').decode(),
        "inside 2": base64.b64encode(b'{"api_key":"' + raw + b'", "a": 1}').decode(),
        "inside 3": base64.urlsafe_b64encode(b'{"key": "' + raw + b'"} and more').decode(),
    }


def plant(app: Flask, secret: str, number: int) -> None:
    """In every text that a bundle is made of."""
    told = ways(secret)
    evidence = tuple((way, f"before {text} after") for way, text in told.items())
    finding = Finding(f"planted-{number}", "key", "fail", "refused", f"Refused: {secret}",
                      " ".join(told.values()), (f"$ curl -H 'x-api-key: {secret}'", told["url"]), evidence)
    with app.app_context():
        remember([finding])
        with writing() as session:
            session.add(Failure(run_id=f"wr_{number}", kind="workflow_run", status="failed", title=secret,
                                category=secret, site=secret, block=f"{secret} (navigation)", error_code=secret,
                                model_error="", reason=secret, workflow_id=secret, ended_at=now()))
        db.session.remove()


def with_sealed(app: Flask, ada: Browser) -> None:
    """A watch and a registered model, each with a secret of its own."""
    asked = {"doctor": "1", "about": "doctor", "outcomes": "all", "channel": "webhook",
             "address": "http://hooks.internal/path", "secret": SECRETS["WATCH"]}
    assert ada.post("/notices", asked).status == 303
    with app.app_context():
        with writing() as session:
            session.add(LlmKey(id="oat_1", label="Ours", model_name="m", api_base="https://llm.corp.example/v1",
                               created_by_name="Ada",
                               sealed_key=app.extensions["sealer"].seal(SECRETS["LLM"], place_of("oat_1"))))
        db.session.remove()


def test_no_secret_is_in_it_however_it_is_written(connected: Flask, sandbox: Sandbox, ada: Browser) -> None:
    with_sealed(connected, ada)
    with connected.app_context():
        hashes = [*db.session.scalars(select(Account.password)), *db.session.scalars(select(Session.token))]
        db.session.remove()
    known = [*SECRETS.values(), SECRET, "older-secret-0123456789abcdef0123456789", sandbox.key]
    for number, secret in enumerate(known):
        plant(connected, secret, number)
    files = download(ada)
    whole = "\n".join(files.values())
    assert whole.count("[hidden]") > len(known) * 8, "the findings are in it, without them"
    for secret in known:
        for way, text in ways(secret).items():
            core = text if way in ("plain", "url", "hex", "base64", "basic") else secret
            assert core not in whole, (way, secret)
        for skipped in range(3):  # whatever it was encoded with
            inner = base64.b64encode(secret.encode()[skipped:len(secret.encode()) // 3 * 3]).decode().rstrip("=")
            assert inner[4:-4] not in whole, f"a piece of {secret} in base64"
    for each in hashes:
        assert each and each not in whole
    assert SECRETS["WATCH"].encode("unicode_escape").decode() not in whole


def test_a_guard_of_the_test_itself(connected: Flask, ada: Browser) -> None:
    """What is not a secret of ours does come through, so the test above sees what it looks for."""
    plant(connected, "an-ordinary-word-of-nobody", 1)
    assert "an-ordinary-word-of-nobody" in "\n".join(download(ada).values())


def test_sealed_secrets_are_known_even_when_one_cannot_be_opened(connected: Flask, ada: Browser) -> None:
    with_sealed(connected, ada)
    with connected.app_context():
        with writing() as session:
            session.add(LlmKey(id="oat_2", label="Old", model_name="m", api_base="http://x/v1", created_by_name="Ada",
                               sealed_key="v1:00000000:AAAA"))
        db.session.remove()
        scrub = scrub_of_everything(connected)
    assert scrub.text(SECRETS["LLM"]) == scrub.text(SECRETS["WATCH"]) == "[hidden]"
    assert download(ada)["README.txt"]


def test_people_are_numbers(connected: Flask, ada: Browser) -> None:
    with connected.app_context():
        remember([Finding("key", "key", "fail", "x", "Saved by Ben (ben@example.com)", "Ask Ada or BEN@EXAMPLE.COM",
                          (), (("Owner", "someone.else@corp.example"), ("Word", "Benefit")))])
    whole = "\n".join(download(ada).values())
    assert "Saved by person 2 (person 2)" in whole and "Ask person 1" in whole and "Benefit" in whole
    for text in ("ben@example.com", "BEN@EXAMPLE.COM", "Cleo", "someone.else", "robot@corp.example"):
        assert text not in whole, text


def test_what_runs_did_is_not_in_it(connected: Flask, ada: Browser) -> None:
    with connected.app_context():
        with writing() as session:
            session.add(Failure(run_id="wr_9", kind="workflow_run", status="failed", title="Buy a ring for Cleo",
                                site="jeweller.example", block="Pick the ring (navigation)", model_error="balance",
                                reason="The ring was gone", error_code="out of rings, sadly", ended_at=now(),
                                category="NAVIGATION_FAILURE", workflow_id="wpid_1"))
        db.session.remove()
    files = download(ada)
    [told] = json.loads(files["failures.json"])
    assert told == {"run": "wr_9", "kind": "workflow_run", "status": "failed", "category": "NAVIGATION_FAILURE",
                    "block": "navigation", "model_error": "balance", "error_code": "words", "ended": told["ended"]}
    assert "ring" not in json.dumps([json.loads(files["failures.json"])]).replace("string", "")
    assert "jeweller" not in "\n".join(files.values())


def test_what_helps_is_in_it(connected: Flask, ada: Browser, database_url: str) -> None:
    saw(connected, 400, fine("network"))
    saw(connected, 60, failing("network"))
    files = download(ada)
    assert set(files) == {"README.txt", "report.txt", "report.json", "history.json", "settings.json", "ground.json",
                          "counts.json", "failures.json"}
    assert "The network fails (refused)" in files["report.txt"]
    report: dict[str, Any] = json.loads(files["report.json"])
    assert report["cause"]["code"] == "refused" and report["last_looked"]["network"]
    assert [each["verdict"] for each in json.loads(files["history.json"])] == ["fail", "ok"]
    ground = json.loads(files["ground.json"])
    assert ground["schema"] and ground["packages"]["flask"]
    assert ground["database"].startswith("sqlite" if database_url.startswith("sqlite") else "postgresql")
    settings = json.loads(files["settings.json"])
    assert (settings["secret_keys"], settings["setup_token"], settings["llm_upstream_url"]) == (
        "2 set", "set", "https://llm.corp.example/v1")
    assert settings["mail"] == "smtps to mail.internal:465"
    counts = json.loads(files["counts.json"])
    assert counts["people"] == 3 and counts["people_by_role"] == {"admin": 1, "user": 2}


def test_servers_are_numbers_if_that_is_the_wish(connected: Flask, ada: Browser) -> None:
    with connected.app_context():
        remember([Finding("network", "network", "fail", "refused", "Nothing listens at skyvern.corp.example:8000",
                          "mail.internal and http://10.1.2.3:8000/v1 and 10.1.2.3", (),
                          (("Address", "http://skyvern.corp.example:8000"), ("Ours", "127.0.0.1")))])
    kept, hidden = "\n".join(download(ada).values()), "\n".join(download(ada, hide_hosts="1").values())
    for host in ("mail.internal", "10.1.2.3", "llm.corp.example", "hooks.internal"):
        assert host in kept and host not in hidden, host
    assert "127.0.0.1" in hidden
    evidence = json.loads(download(ada, hide_hosts="1")["report.json"])["cause"]["explain"]
    first, second, third = (word for word in evidence.split() if "host-" in word)
    assert second.split("//")[1].split(":")[0] == third != first, "the same host has the same number"


def test_it_is_for_admins_and_in_the_audit(connected: Flask, ada: Browser, ben: Browser, nobody: Browser) -> None:
    assert ben.get("/doctor/bundle").status == 403 and ben.post("/doctor/bundle").status == 403
    assert nobody.get("/doctor/bundle").status == 303
    page = ada.get("/doctor/bundle")
    assert page.status == 200 and "Nobody has examined anything yet" in page.words
    download(ada, hide_hosts="1")
    with connected.app_context():
        row = db.session.scalars(select(AuditLog).where(AuditLog.action == "doctor.bundle")).one()
        assert row.user_id == "user-ada" and row.details == {"hosts": "hidden"}
        db.session.remove()


def test_without_a_connection_and_without_anything_known(app: Flask, ada: Browser) -> None:
    files = download(ada)
    assert json.loads(files["report.json"])["findings"] == [] and json.loads(files["failures.json"]) == []
