"""What a service may ask about itself: its credits also at zero, its calls, sums and a CSV; nothing of others."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from skyvern_ui.audit import CLI
from skyvern_ui.extensions import db
from skyvern_ui.services.change_rules import set_limits
from skyvern_ui.services.credits.budget_rules import Limits
from skyvern_ui.services.credits.ledger_rules import Wish, hold, release, settle
from skyvern_ui.services.keys.rules import Rights, create_key, recognise, update_key
from skyvern_ui.services.rules import create_service

CHAT = "/api/v1/llm/chat/completions"


@dataclass
class Two:
    """Two services, the first of which has called three times."""

    app: Flask
    key: str
    other: str

    def get(self, path: str, key: str | None = None) -> Any:
        return self.app.test_client().get(path, headers={"Authorization": f"Bearer {key or self.key}"})


@pytest.fixture
def two(empty_app: Flask) -> Two:
    with empty_app.app_context():
        first, second = create_service("presenton-service", 3, CLI), create_service("bolt-diy-service", 5, CLI)
        key_id, key = create_key(first, "k", Rights(("llm:*",)), CLI)
        _, other = create_key(second, "k", Rights(("llm:*",)), CLI)
        for model, cost in (("=cmd|x", 1000), ("gpt", 2000)):
            charge, _ = hold(Wish(first, CHAT, cost, key_id, model))
            settle(charge, cost, tokens_in=10, tokens_out=5)
        # nothing is left for a fourth, which would have cost nothing anyway
        charge, _ = hold(Wish(first, CHAT, 0, key_id, "gpt"))
        release(charge, "upstream_500")
        db.session.remove()
    return Two(empty_app, key, other)


def test_the_balance_is_told_at_zero(two: Two) -> None:
    said = two.get("/api/v1/credits").json
    assert said["budgets"] == [] and said["key"]["budgets"] == []
    told = said["service"], said["credits"], said["level"], said["key"]["spent"]
    assert told == ("presenton-service", 0, "empty", 3)


def test_a_service_sees_its_own_calls_and_nobody_elses(two: Two) -> None:
    assert len(two.get("/api/v1/usage").json["calls"]) == 3
    assert two.get("/api/v1/usage", two.other).json["calls"] == []


@pytest.mark.parametrize(("by", "first"), [("model", "gpt"), ("route", CHAT), ("service", "presenton-service")])
def test_calls_are_summed(two: Two, by: str, first: str) -> None:
    groups = two.get(f"/api/v1/usage?group_by={by}").json["groups"]
    assert groups[0]["group"] == first
    assert sum(each["calls"] for each in groups) == 3 and sum(each["credits"] for each in groups) == 3
    assert sum(each["refused"] for each in groups) == 1 and sum(each["tokens_in"] for each in groups) == 20


def test_calls_are_summed_by_day(two: Two) -> None:
    (day,) = two.get("/api/v1/usage?group_by=day").json["groups"]
    assert len(day["group"]) == 10 and day["calls"] == 3


@pytest.mark.parametrize("by", ["model", "route", "service", "day"])
def test_whole_days_and_single_calls_come_to_the_same(two: Two, by: str) -> None:
    begun = datetime.now(UTC) - timedelta(days=20)
    days, one_by_one = (two.get(f"/api/v1/usage?group_by={by}&from={moment}").json["groups"]
                        for moment in (f"{begun:%Y-%m-%d}", f"{begun:%Y-%m-%d}T00:00:01"))
    assert days == one_by_one != []
    part = two.get(f"/api/v1/usage?group_by={by}&from={begun:%Y-%m-%d}&to={begun:%Y-%m-%d}").json["groups"]
    assert part == []


def test_the_csv_holds_no_formula(two: Two) -> None:
    answer = two.get("/api/v1/usage?format=csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.mimetype == "text/csv" and len(rows) == 3
    assert {row["model"] for row in rows} == {"'=cmd|x", "gpt"} and rows[0]["created_at"].endswith("Z")


def test_the_balance_is_told_with_a_budget_that_is_used_up(two: Two) -> None:
    with two.app.app_context():
        key = recognise(two.key)
        set_limits(key.org_id, Limits(credits_month=3000), CLI)
        update_key(key.key_id, "k", Rights(("llm:*",), limits=Limits(calls_day=2)), CLI)
        db.session.remove()
    said = two.get("/api/v1/credits").json
    [budget], [quota] = said["budgets"], said["key"]["budgets"]
    assert (budget["what"], budget["period"], budget["limit"], budget["used"]) == ("credits", "month", 3, 3)
    assert budget["resets_at"].endswith("-01T00:00:00Z")
    assert (quota["what"], quota["period"], quota["limit"], quota["used"]) == ("calls", "day", 2, 2)


def test_one_call_is_told_to_its_own_service_only(two: Two) -> None:
    call = two.get("/api/v1/usage").json["calls"][0]
    assert two.get(f"/api/v1/credits/charges/{call['id']}").json == call
    for key, charge in ((two.other, call["id"]), (two.key, "nothing")):
        answer = two.get(f"/api/v1/credits/charges/{charge}", key)
        assert answer.status_code == 404 and answer.json["error"]["code"] == "not_found"


def test_calls_come_a_page_at_a_time(two: Two) -> None:
    whole = [call["id"] for call in two.get("/api/v1/usage").json["calls"]]
    first = two.get("/api/v1/usage?limit=2").json
    assert [call["id"] for call in first["calls"]] == whole[:2] and first["next"] == whole[1]
    rest = two.get(f"/api/v1/usage?limit=2&after={first['next']}").json
    assert [call["id"] for call in rest["calls"]] == whole[2:] and rest["next"] is None
    assert two.get(f"/api/v1/usage?after={first['next']}", two.other).status_code == 400


def test_groups_come_as_csv_too(two: Two) -> None:
    answer = two.get("/api/v1/usage?format=csv&group_by=model")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert {row["model"]: row["calls"] for row in rows} == {"gpt": "2", "'=cmd|x": "1"}


@pytest.mark.parametrize("query", ["group_by=password", "from=yesterday", "to=x", "limit=0", "limit=x", "limit=5000",
                                   "state=rich", "format=xml", "after=nothing", "to=9999-12-31", "to=0001-01-02",
                                   "from=0001-01-01T00:00%2B14:00"])
def test_a_wrong_question_is_400(two: Two, query: str) -> None:
    answer = two.get(f"/api/v1/usage?{query}")
    assert answer.status_code == 400 and answer.json["error"]["param"]


def test_without_a_key_nothing_is_told(two: Two) -> None:
    for path in ("/api/v1/credits", "/api/v1/usage"):
        assert two.app.test_client().get(path).status_code == 401
    assert two.app.test_client().get("/api/v1/tier-check/health").json == {"status": "ok"}
