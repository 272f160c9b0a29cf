"""`skyvern-ui services …` as an operator types it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select, text

from skyvern_ui.cli import cli
from skyvern_ui.extensions import db
from skyvern_ui.models import AuditLog
from skyvern_ui.services.keys.rules import recognise
from skyvern_ui.services.rules import SEEDS, find_service
from tests.support.databases import SECRET

Type = Callable[..., Result]


@pytest.fixture
def typed(empty_app: Flask, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Type:
    for name, value in {"DATABASE_URL": database_url, "INSTANCE_DIR": str(tmp_path), "SECRET_KEY": SECRET,
                        "SANDBOX": "0"}.items():
        monkeypatch.setenv(name, value)
    return lambda *words: CliRunner().invoke(cli, ["services", *words])


def test_a_service_is_made_with_credits_and_a_key_that_works(typed: Type, empty_app: Flask) -> None:
    made = typed("create", "presenton-service", "--credits", "10000")
    assert made.exit_code == 0, made.output
    key = re.search(r"skui_live_\w+", made.output)
    assert key
    with empty_app.app_context():
        assert recognise(key[0]).org_name == "presenton-service"
        rows = db.session.scalars(select(AuditLog.action)).all()
        assert {"service.create", "credits.grant", "service_key.create"} <= set(rows)
        db.session.remove()
    assert "presenton-service\t10000 credits\tok\tactive" in typed("list").output
    assert key[0] not in typed("keys", "list", "presenton-service").output


def test_an_existing_key_is_taken_as_it_is_and_not_printed(typed: Type, empty_app: Flask) -> None:
    made = typed("create", "presenton-service", "--credits", "5", "--key", "sk-presenton-service-key-2025")
    assert made.exit_code == 0 and "sk-presenton" not in made.output
    with empty_app.app_context():
        assert recognise("sk-presenton-service-key-2025")
        db.session.remove()


def test_a_bad_key_makes_no_service(typed: Type, empty_app: Flask) -> None:
    assert typed("create", "a", "--credits", "5", "--key", "short").exit_code == 1
    with empty_app.app_context():
        assert find_service("a") is None
        db.session.remove()


@pytest.mark.parametrize("words", [
    ("create", "a", "--credits", "-1"), ("create", " ", "--credits", "1"), ("grant", "nobody", "1", "--reason", "x"),
    ("grant", "here", "1.0005", "--reason", "x"), ("grant", "here", "lots", "--reason", "x"),
    ("grant", "here", "--reason", "x", "--", "-6"), ("price", "/x", "-1"), ("suspend", "nobody"),
    ("create", "here", "--credits", "1"), ("keys", "rotate", "nothing")])
def test_what_cannot_be_done_is_one_sentence(typed: Type, words: tuple[str, ...]) -> None:
    assert typed("create", "here", "--credits", "5").exit_code == 0
    answer = typed(*words)
    assert answer.exit_code in (1, 2) and "Traceback" not in answer.output and answer.output.strip().endswith(".")


def test_the_seeds_are_made_once(typed: Type) -> None:
    first, second = typed("seed"), typed("seed")
    assert all(f"{name} has 10000 credits." in first.output for name in SEEDS)
    assert second.output.strip() == "All are there already."


def test_a_change_by_hand_is_reconciled(typed: Type, empty_app: Flask) -> None:
    typed("seed")
    with empty_app.app_context():
        db.session.execute(text("UPDATE organization_credits SET credit_balance = credit_balance + 10000000 WHERE "
                                "org_id = (SELECT id FROM organizations WHERE name = 'bolt-diy-service')"))
        db.session.commit()
        db.session.remove()
    said = typed("reconcile").output
    assert "bolt-diy-service: +10000 credits entered." in said and "brigade-service: the books agree." in said
    assert "entered" not in typed("reconcile").output


def test_keys_rotate_and_end(typed: Type, empty_app: Flask) -> None:
    typed("create", "a", "--credits", "1")
    key_id = typed("keys", "list", "a").output.split("\t")[0]
    fresh = typed("keys", "rotate", key_id, "--overlap", "none").output.strip()
    with empty_app.app_context():
        assert recognise(fresh).key_id == key_id
        db.session.remove()
    assert "ended" in typed("keys", "revoke", key_id).output
    assert "\tended\t" in typed("keys", "list", "a").output


def test_credits_are_granted_and_taken_to_the_thousandth(typed: Type) -> None:
    typed("create", "a", "--credits", "1")
    assert "1.125 credits" in typed("grant", "a", "0.125", "--reason", "a part").output
    assert "0.125 credits" in typed("grant", "a", "--reason", "back", "--", "-1").output


def test_limits_are_shown_and_changed(typed: Type) -> None:
    typed("create", "a", "--credits", "100")
    said = typed("limits", "a", "--warn", "50", "--critical", "5", "--credits-day", "10", "--calls-month", "7").output
    assert "warning below\t50\n" in said and "credits a day\t10\t0 used" in said and "calls a month\t7\t" in said
    said = typed("limits", "a", "--credits-day", "none").output
    assert "credits a day\tno limit\t" in said and "calls a month\t7\t" in said and "critical below\t5\n" in said
    assert "after it" in typed("limits", "a", "--warn", "1").output


def test_a_refill_is_set_and_ended(typed: Type, empty_app: Flask) -> None:
    typed("create", "a", "--credits", "1")
    assert "is filled up to 500 credits each week" in typed("refill", "a", "set", "500", "--period", "week").output
    assert "not filled by itself" in typed("refill", "a", "none").output
    assert typed("refill", "a", "add").exit_code == 1


def test_a_key_is_made_with_all_its_rights_and_changed(typed: Type, empty_app: Flask) -> None:
    typed("create", "a", "--credits", "1")
    key = typed("keys", "create", "a", "--scope", "llm:chat", "--model", "gpt-4o", "--address", "10.1.2.3",
                "--per-minute", "60", "--at-once", "4", "--cap", "2.5", "--expires", "2099-01-01",
                "--calls-day", "9").output.strip()
    with empty_app.app_context():
        who = recognise(key)
        db.session.remove()
    rights = who.rights
    assert (rights.scopes, rights.models, rights.addresses) == (("llm:chat",), ("gpt-4o",), ("10.1.2.3/32",))
    assert (rights.per_minute, rights.at_once, rights.spend_cap, rights.limits.calls_day) == (60, 4, 2500, 9)
    assert "changed" in typed("keys", "update", who.key_id, "--model", "any", "--at-once", "none").output
    assert "Nothing is different" in typed("keys", "update", who.key_id, "--per-minute", "60").output
    with empty_app.app_context():
        assert (recognise(key).rights.models, recognise(key).rights.at_once) == ((), None)
        assert recognise(key).rights.spend_cap == 2500
        db.session.remove()


@pytest.mark.parametrize("words", [("--address", "nowhere"), ("--at-once", "0"), ("--expires", "2001-01-01"),
                                   ("--scope", "llm:all"), ("--cap", "x"), ("--calls-day", "-1")])
def test_rights_that_make_no_sense_are_one_sentence(typed: Type, words: tuple[str, ...]) -> None:
    typed("create", "a", "--credits", "1")
    answer = typed("keys", "create", "a", *words)
    assert answer.exit_code == 1 and "Traceback" not in answer.output and answer.output.strip().endswith(".")


def test_prices_are_listed_closed_and_kept(typed: Type) -> None:
    route = "/api/v1/llm/chat/completions"
    assert "There is no such route" in typed("price", "/chat", "1").output
    assert "has a price by" in typed("price", route, "1", "--unit", "image").output
    assert typed("price", route, "1.5").exit_code == 0
    assert f"{route}\t*\t1.5 by call, 1.5 held" in typed("prices").output
    assert typed("price", route, "closed").exit_code == 0
    assert f"{route}\t*\tclosed" in typed("prices").output and "1.5 by call" not in typed("prices").output
    assert "1.5 by call" in typed("prices", "--history").output


def test_books_that_do_not_agree_are_told_and_nothing_is_changed(typed: Type, empty_app: Flask) -> None:
    typed("seed")
    with empty_app.app_context():
        db.session.execute(text("UPDATE organization_credits SET held = 5000 WHERE org_id = "
                                "(SELECT id FROM organizations WHERE name = 'bolt-diy-service')"))
        db.session.commit()
        db.session.remove()
    answer = typed("reconcile")
    assert answer.exit_code == 1 and "bolt-diy-service: The ledger says 0 credits are held, the pool 5" in answer.output
    assert "brigade-service: the books agree." in answer.output


def test_a_price_holds_enough_for_what_it_is_by(typed: Type) -> None:
    """A run by its steps that held the price of one step would be nearly free."""
    assert typed("price", "/v1/run/tasks", "2").exit_code == 0
    assert "/v1/run/tasks\t*\t2 by step, 50 held" in typed("prices").output
    route = "/api/v1/llm/chat/completions"
    assert "--hold" in typed("price", route, "1", "--unit", "1k_tokens").output
    assert typed("price", route, "1", "--unit", "1k_tokens", "--hold", "8").exit_code == 0
    for words in (("1e30",), ("1", "--hold", "1e30"), ("1", "--unit", "1k_tokens", "--hold", "0"),
                  ("2", "--hold", "1")):
        answer = typed("price", route, *words)
        assert answer.exit_code == 1 and isinstance(answer.exception, SystemExit), answer.output
