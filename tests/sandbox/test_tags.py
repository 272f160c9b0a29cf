"""Tags of runs: read, set, taken away, suggested, and the filters of the lists."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.sandbox.caller import Caller

PLAIN = {"title": "Order a lamp", "workflow_definition": {"parameters": [], "blocks": [
    {"block_type": "goto_url", "label": "open", "url": "https://shop.example/"}]}}


@pytest.fixture
def run(caller: Caller) -> str:
    return caller.run_workflow(caller.workflow(PLAIN), run_metadata={"ui.user": "ben"})


def own(told: dict[str, Any]) -> list[tuple[str | None, str]]:
    return [(tag["key"], tag["value"]) for tag in told["tags"] if tag["source"] == "manual"]


def test_tags_are_set_replaced_and_taken_away(caller: Caller, run: str) -> None:
    path = f"/v1/runs/{run}/tags"
    told = caller.post(path, {"tags": [{"key": "env", "value": "prod"}, {"value": "urgent"}]})
    assert told["workflow_run_id"] == run
    assert own(told) == [(None, "urgent"), ("env", "prod"), ("ui.user", "ben")]
    told = caller.post(path, {"tags": [{"key": "env", "value": "test"}], "tags_to_delete": [{"value": "urgent"}]})
    assert own(told) == [("env", "test"), ("ui.user", "ben")]
    assert own(caller.call("DELETE", f"/api{path}/env")) == own(caller.get(path)) == [("ui.user", "ben")]
    assert {tag["key"] for tag in told["tags"] if tag["source"] == "system"} == {"skyvern.trigger",
                                                                                "skyvern.target_domain"}


@pytest.mark.parametrize(("body", "words"), [
    ({"tags": [{"key": "skyvern.status", "value": "x"}]}, "reserved"), ({"tags": [{"value": "a,b"}]}, "','"),
    ({"tags": [{"value": "a:b"}]}, "':'"), ({"tags": [{"value": " "}]}, "required"), ({"tags": "a"}, "array"),
    ({"tags_to_delete": [{}]}, "must specify"), ({"tags": [{"value": "x" * 257}]}, "at most 256"),
])
def test_what_is_no_tag_is_refused(caller: Caller, run: str, body: dict[str, Any], words: str) -> None:
    assert words in caller.post(f"/v1/runs/{run}/tags", body, status=422)["detail"][0]["msg"]


def test_only_a_workflow_run_has_tags(caller: Caller) -> None:
    task = caller.start("Order a lamp")
    assert caller.get(f"/v1/runs/{task}/tags", 404) == {"detail": f"Workflow run {task} not found"}
    assert caller.call("DELETE", f"/v1/runs/{task}/tags/skyvern.x", status=400)["detail"].endswith("prefix")


def test_tags_of_many_runs_at_once_and_suggestions(caller: Caller, run: str) -> None:
    caller.post(f"/v1/runs/{run}/tags", {"tags": [{"value": "urgent"}]})
    told = caller.get(f"/v1/run-tags?workflow_run_ids={run},wr_1")["run_tags"]
    assert {"key": "ui.user", "value": "ben"} in told[run] and told["wr_1"] == []
    assert caller.post("/v1/run-tags", {"workflow_run_ids": [run, "wr_1"]})["run_tags"] == told
    caller.post("/v1/run-tags", {"workflow_run_ids": ["x"] * 201}, status=400)
    told = caller.get("/v1/run-tag-suggestions")
    assert told["labels"] == ["urgent"] and told["values_by_key"]["ui.user"] == ["ben"]


@pytest.mark.parametrize(("asked", "found"), [
    ("urgent", "a"), ("env:*", "ab"), ("env:prod", "a"), ("env:prod,env:test", "ab"), ("env:prod,ui.user:cleo", ""),
    ("ui.user:cleo", "b"), ("prod", "a"), ("env:prod,urgent", "a"), ("nothing", ""), ("", "ab"),
])
def test_the_list_is_filtered_by_tags(caller: Caller, asked: str, found: str) -> None:
    wpid = caller.workflow(PLAIN)
    runs = {"a": caller.run_workflow(wpid, run_metadata={"ui.user": "ben", "env": "prod"}),
            "b": caller.run_workflow(wpid, run_metadata={"ui.user": "cleo", "env": "test"})}
    caller.post(f"/v1/runs/{runs['a']}/tags", {"tags": [{"value": "urgent"}]})
    for path in ("/v1/runs", f"/v1/workflows/{wpid}/runs"):
        rows = caller.get(f"{path}?tags={quote(asked)}")
        assert {row.get("run_id") or row["workflow_run_id"] for row in rows} == {runs[name] for name in found}


@pytest.mark.parametrize("asked", ["a,", ":x", "env:", ",".join(f"t{n}" for n in range(21))])
def test_a_malformed_filter_is_refused(caller: Caller, asked: str) -> None:
    caller.get(f"/v1/runs?tags={asked}", 400)


def test_failures_are_found_by_category_and_code(caller: Caller) -> None:
    wpid = caller.workflow(PLAIN)
    runs = {word: caller.run_workflow(wpid, title=f"Order {word}") for word in ("[model]", "[error]", "[terminate]")}
    caller.clock.now += 60
    listed = [row["run_id"] for row in caller.get("/v1/runs?failure_category=LLM_ERROR")]
    assert listed == [runs["[model]"]]
    assert "1113" in caller.get(f"/v1/runs/{runs['[model]']}")["failure_reason"]
    for path in (f"/v1/workflows/{wpid}/runs", "/v1/workflows/runs"):
        assert [row["workflow_run_id"] for row in caller.get(f"{path}?error_code=OUT_OF_STOCK")] == [runs["[error]"]]
        assert [row["workflow_run_id"] for row in caller.get(f"{path}?search_key={runs['[terminate]']}")] == [
            runs["[terminate]"]]
    assert caller.get(f"/v1/runs/{runs['[terminate]']}")["status"] == "terminated"


def test_runs_of_a_workflow_are_found_by_their_date(caller: Caller) -> None:
    wpid, runs = caller.workflow(PLAIN), []
    for _ in range(3):
        runs.append(caller.run_workflow(wpid))
        caller.clock.now += 3600
    # the clock starts at 2023-11-14T22:13:20
    path = f"/v1/workflows/{wpid}/runs?created_at_start=2023-11-14T23:00:00&created_at_end=2023-11-15T00:10:00"
    assert [row["workflow_run_id"] for row in caller.get(path)] == [runs[1]]
    caller.get(f"/v1/workflows/{wpid}/runs?created_at_start=yesterday", 422)
