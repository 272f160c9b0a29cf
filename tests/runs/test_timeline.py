"""The story of a run: loops, branches, thoughts, a thousand actions, search, and polls that cost nothing."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from skyvern_ui.diagnosis.table import BY_CODE

from ..sandbox_server import Sandbox
from ..support.people import Browser
from .starting import finished, start
from .stories import action, block, tell, tell_run, thought

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def with_skyvern(connected: Flask) -> Flask:
    return connected


def lines(page: Any) -> list[str]:
    return [" ".join(item.get_text(" ").split()) for item in page.all("#run-timeline .timeline__item")]


def test_a_loop_tells_its_turns_with_their_values(ben: Browser, sandbox: Sandbox) -> None:
    inside = [block(n + 10, "read_lamp", "extraction", current_index=n, current_value=name, status=status)
              for n, (name, status) in enumerate([("Harbour", "completed"), ("Fjord", "failed")])]
    tell_run(sandbox, "wr_1", [block(1, "each_lamp", "for_loop", inside, loop_values=["Harbour", "Fjord", "Dune"])])
    page = ben.get("/runs/wr_1")
    turns = page.all('#run-timeline [data-what="turn"]')
    assert [t.b.text for t in turns] == ["Turn 1 of 3", "Turn 2 of 3", "Turn 3 of 3"]
    assert [t.code.text for t in turns] == ["Harbour", "Fjord", "Dune"]
    assert [t["data-status"] for t in turns] == ["completed", "failed", "skipped"]
    assert [len(t.select('[data-what="block"]')) for t in turns] == [1, 1, 0]


def test_branches_taken_and_not_taken_say_why(ben: Browser, sandbox: Sandbox) -> None:
    weighed = [{"branch_id": "one", "original_expression": "{{ kind == 'oak' }}", "result": False},
               {"branch_id": "two", "original_expression": "{{ kind == 'brass' }}", "result": True,
                "rendered_expression": "'brass' == 'brass'"}]
    conditions = [{"id": "one", "criteria": {"expression": "{{ kind == 'oak' }}"}, "next_block_label": "is_oak"},
                  {"id": "two", "criteria": {"expression": "{{ kind == 'brass' }}"}, "next_block_label": "is_brass"},
                  {"id": "three", "criteria": None, "is_default": True, "next_block_label": "is_other"}]
    tell(sandbox, "/v1/workflows/runs/wr_1", {"workflow_run_id": "wr_1", "workflow": {"workflow_definition": {
        "blocks": [{"label": "choose", "branch_conditions": conditions}]}}})
    tell_run(sandbox, "wr_1", [block(1, "choose", "conditional", [block(2, "is_brass", "code")],
                                     executed_branch_id="two", executed_branch_next_block="is_brass",
                                     output={"evaluations": weighed})])
    branches = ben.get("/runs/wr_1").all('#run-timeline [data-what="branch"]')
    assert [b["data-status"] for b in branches] == ["not taken", "taken", "not taken"]
    assert "kind == 'oak'" in branches[0].text and "false" in branches[0].text
    assert "is_brass" in branches[1].text and branches[1].select_one('[data-what="block"]').b.text == "is_brass"
    assert "Otherwise" in branches[2].text and "is_other" in branches[2].text


def test_thoughts_sub_runs_and_a_failure_that_was_allowed(ben: Browser, sandbox: Sandbox) -> None:
    tell_run(sandbox, "tsk_v2_1", [
        thought(1, observation="A shop.", thought="The lamp is below.", answer="Scroll down."),
        block(2, "sub", "workflow_trigger", output={"workflow_run_id": "wr_77"}),
        block(3, "broken", "code", status="failed", continue_on_failure=True, failure_reason="ValueError: no lamp"),
    ], run_type="task_v2")
    page = ben.get("/runs/tsk_v2_1")
    story = " ".join(lines(page))
    for words in ("A shop.", "The lamp is below.", "Scroll down.", "ValueError: no lamp", "the run went on"):
        assert words in story
    assert page.one('#run-timeline a[href="/runs/wr_77"]')


def test_an_action_says_what_and_why_and_leads_to_its_picture(ben: Browser, sandbox: Sandbox) -> None:
    tell_run(sandbox, "wr_1", [block(1, "search", actions=[
        action(2, action_type="input_text", text="reading lamp", reasoning="The goal names a lamp.",
               intention="What is searched for?"), action(3, action_type="dance_wildly")])])
    page = ben.get("/runs/wr_1")
    told = page.one("#entry-act_2").get_text(" ")
    for words in ("Type", "reading lamp", "The goal names a lamp.", "What is searched for?", "90%"):
        assert words in told
    assert page.one("#entry-act_2 a[data-shot]")["href"] == "/artifacts/a_2"
    assert "Dance wildly" in page.one("#entry-act_3").text


def test_a_task_v2_has_a_timeline_also_where_only_its_hidden_run_has_one(ben: Browser, sandbox: Sandbox) -> None:
    """Defect 16 of the earlier overlay: a task 2.0 had none."""
    tell(sandbox, "/v1/runs/tsk_v2_5/timeline", {"detail": "Not Found"}, status=404)
    tell_run(sandbox, "tsk_v2_5", run_type="task_v2", run_request={"prompt": "Find it"})
    tell(sandbox, "/api/v2/tasks/tsk_v2_5", {"workflow_run_id": "wr_6", "workflow_permanent_id": "wpid_7"})
    tell(sandbox, "/api/v1/workflows/wpid_7/runs/wr_6/timeline", [block(1, "inner_block")])
    assert "inner_block" in " ".join(lines(ben.get("/runs/tsk_v2_5")))


def test_a_thousand_actions_weigh_under_100_kb_and_come_on_demand(ben: Browser, sandbox: Sandbox) -> None:
    many = [action(n, reasoning="Because the page says so, and because the goal asks for it. " * 4)
            for n in range(1000)]
    tell_run(sandbox, "wr_1", [block(1, "long", actions=many[::-1]), *(block(n, f"b{n}") for n in range(2, 41))])
    page = ben.get("/runs/wr_1")
    assert len(page.text.encode()) < 100_000
    assert not page.all("#entry-act_0")
    lazy = page.one("#part-wrb_1-0")
    assert lazy.a["href"] == "/runs/wr_1?part=wrb_1"
    part = ben.get(lazy["hx-get"], headers=HTMX)
    assert len(part.all(".timeline__item")) == 50 and part.all("#entry-act_0") and "950 to come" in part.words
    more = ben.get("/runs/wr_1/timeline/wrb_1?from=950", headers=HTMX)
    assert more.all("#entry-act_999") and "to come" not in more.words and "950" in more.words
    without_script = ben.get("/runs/wr_1?part=wrb_1&from=950")
    assert without_script.all("#entry-act_999") and without_script.one(".timeline__crumbs b").text == "long"
    assert len(without_script.text.encode()) < 150_000


def test_a_task_of_a_thousand_actions_weighs_as_little(ben: Browser, sandbox: Sandbox) -> None:
    tell(sandbox, "/api/v1/tasks/tsk_1/actions", [
        action(n, step_order=n // 2, step_id=f"stp_{n // 2}", reasoning="x" * 300) for n in range(1000)])
    tell_run(sandbox, "tsk_1", run_type="task_v1")
    page = ben.get("/runs/tsk_1")
    assert len(page.text.encode()) < 100_000
    assert page.all("#entry-stp_0") and "450 to come" in page.words


def test_search_looks_through_everything_and_is_in_the_address(ben: Browser, sandbox: Sandbox) -> None:
    many = [action(n, reasoning="Needle here" if n == 777 else "Hay") for n in range(1000)]
    tell_run(sandbox, "wr_1", [block(1, "long", actions=many), block(2, "other")])
    page = ben.get("/runs/wr_1?q=needle")
    assert page.all("#entry-act_777") and not page.all("#entry-wrb_2") and "1 entry says" in page.words
    assert page.one('input[name="q"]')["value"] == "needle"
    assert "0 entries say" in ben.get("/runs/wr_1?q=%3Cb%3Enothing").words


def test_an_unchanged_timeline_costs_a_304_and_one_call(ben: Browser, sandbox: Sandbox) -> None:
    """Defect of our own: each poll listed the artifacts and asked for the inner run as well."""
    tell_run(sandbox, "wr_1", [block(1, "first", status="running")], status="running", finished_at=None)
    first = ben.get("/runs/wr_1/timeline", headers=HTMX)
    assert first.headers["Cache-Control"] == "private, no-cache" and first.one("#run-timeline")["hx-trigger"]
    sandbox.forget_calls()
    tag = first.headers["ETag"]
    again = ben.get("/runs/wr_1/timeline", headers={**HTMX, "If-None-Match": tag})
    assert (again.status, again.text) == (304, "")
    assert [c["target"] for c in sandbox.requests("/")] == ["/v1/runs/wr_1", "/v1/runs/wr_1/timeline"]


def test_a_changed_timeline_is_sent_and_another_person_has_another_tag(ben: Browser, cleo: Browser, sandbox: Sandbox
                                                                       ) -> None:
    tell(sandbox, "/v1/runs/wr_1/timeline", [block(1, "first")], count=2)
    tell_run(sandbox, "wr_1", [block(1, "first"), block(2, "second")])
    tag = ben.get("/runs/wr_1/timeline").headers["ETag"]
    other = cleo.get("/runs/wr_1/timeline", headers={"If-None-Match": tag})
    assert other.status == 200 and other.headers["ETag"] != tag
    changed = ben.get("/runs/wr_1/timeline", headers={"If-None-Match": tag})
    assert changed.status == 200 and changed.all("#entry-wrb_2")


@pytest.mark.parametrize("status", [400, 404, 422])
def test_a_timeline_the_release_lacks_is_a_sentence_in_its_place(ben: Browser, sandbox: Sandbox, status: int) -> None:
    tell(sandbox, "/v1/runs/wr_1/timeline", {"detail": "Not Found"}, status=status)
    tell(sandbox, "/api/v1/workflows/wpid_1/runs/wr_1/timeline", {"detail": "Not Found"}, status=status)
    tell_run(sandbox, "wr_1")
    page = ben.get("/runs/wr_1")
    assert page.status == 200 and "This release of Skyvern does not give this" in page.one("#run-timeline").text


def test_parts_that_do_not_exist_are_not_found(ben: Browser, sandbox: Sandbox) -> None:
    tell_run(sandbox, "wr_1", [block(1, "first")])
    assert ben.get("/runs/wr_1/timeline/wrb_404").status == 404
    for query in ("part=wrb_404", "from=9999999", "from=-1", "from=x", "part=wrb_1&from=٣"):
        assert ben.get(f"/runs/wr_1?{query}").status == 200


def test_words_of_a_page_stay_words(ben: Browser, sandbox: Sandbox) -> None:
    bad = '<script>alert(1)</script><img src=x onerror="x">'
    tell_run(sandbox, "wr_1", [block(1, bad, bad, navigation_goal=bad, failure_reason=bad, status=bad, actions=[
        action(2, action_type=bad, reasoning=bad, text=bad, intention=bad)])], status=bad, failure_reason=bad,
        failure_category=[{"category": bad, "reasoning": bad, "evidence_source": bad, "confidence_float": 0.5}],
        run_request={"workflow_id": "wpid_1", "parameters": {bad: bad}}, output={bad: bad},
        errors=[{"error_code": bad}])
    for tab in ("overview", "output", "inputs"):
        page = ben.get(f"/runs/wr_1?tab={tab}")
        assert page.status == 200 and not page.all("main img[onerror]") and "<script>alert" not in page.text


def test_a_task_whose_model_did_not_answer_still_tells_its_steps(ben: Browser, sandbox: Sandbox) -> None:
    run_id = start(ben, "Find a lamp [model]")
    finished(sandbox, run_id)
    page = ben.get(f"/runs/{run_id}")
    assert "left no steps behind" not in page.words
    vain = [words for words in lines(page) if BY_CODE["unclear"].title in words]
    steps = sandbox.call("GET", f"/api/v1/tasks/{run_id}/steps").json()
    assert len(vain) == sum(step["status"] == "failed" for step in steps) > 1
    assert "try 2" in vain[1] and lines(page)[-len(vain):] == vain
