"""What is done with workflows as a library: written as text, versions, folders, labels, schedules, single blocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.real.recorder import Recorder

FINAL = {"completed", "failed", "terminated", "canceled", "timed_out"}
PLAIN = {"content-type": "text/plain"}
DOCUMENT = """\
title: Compare lamps
description: Looks at each lamp and decides.
workflow_definition:
  parameters:
    - {{parameter_type: workflow, key: shop, workflow_parameter_type: string, default_value: "{site}/"}}
    - {{parameter_type: workflow, key: most, workflow_parameter_type: integer}}
    - {{parameter_type: workflow, key: wanted, workflow_parameter_type: json, default_value: ["brass", "oak"]}}
    - {{parameter_type: workflow, key: login, workflow_parameter_type: credential_id, default_value: null}}
    - {{parameter_type: context, key: kind, source_parameter_key: wanted}}
  blocks:
    - block_type: for_loop
      label: each_lamp
      loop_over_parameter_key: wanted
      next_block_label: decide
      loop_blocks:
        - {{block_type: code, label: look, code: "price = 48", parameter_keys: [most]}}
    - block_type: conditional
      label: decide
      branch_conditions:
        - {{criteria: {{criteria_type: jinja2_template, expression: "{{{{ most > 40 }}}}"}}, next_block_label: pause}}
        - {{is_default: true, next_block_label: pause}}
    - {{block_type: wait, label: pause, wait_sec: {seconds}}}
"""


def record_library(r: Recorder, site: str) -> None:
    """The journey. It leaves no workflow, folder, label or schedule behind."""
    wpid = record_texts(r, site)
    record_refused_texts(r)
    record_folders(r, wpid)
    record_labels(r, wpid)
    record_lists(r, wpid)
    record_schedules(r, wpid)
    record_launches(r, wpid)
    record_blocks(r, wpid)
    record_scripts(r, site)
    r.record("text_deleted", "DELETE", f"/api/v1/workflows/{wpid}")
    r.record("text_deleted_again", "DELETE", f"/api/v1/workflows/{wpid}")


def record_texts(r: Recorder, site: str) -> str:
    """Two versions written as YAML; the permanent id."""
    first, second = (DOCUMENT.format(site=site, seconds=seconds) for seconds in (1, 2))
    wpid = str(_sent(r, "text_created", "POST", "", first)["workflow_permanent_id"])
    _sent(r, "text_updated", "PUT", f"/{wpid}?expected_version=1", second)
    _sent(r, "text_conflict", "PUT", f"/{wpid}?expected_version=1", first)
    _sent(r, "text_expects_nonsense", "PUT", f"/{wpid}?expected_version=x", first)
    _sent(r, "text_of_nobody", "PUT", "/wpid_1?expected_version=1", first)
    r.record("text_version", "GET", f"/api/v1/workflows/{wpid}?version=1")
    r.record("text_version_missing", "GET", f"/api/v1/workflows/{wpid}?version=9")
    r.record("text_versions", "GET", f"/api/v1/workflows/{wpid}/versions")
    r.record("text_versions_missing", "GET", "/api/v1/workflows/wpid_1/versions")
    return wpid


def record_refused_texts(r: Recorder) -> None:
    """What the server says of definitions that it does not take."""
    _sent(r, "text_broken", "POST", "", "title: [")
    _sent(r, "text_without_title", "POST", "", "workflow_definition: {parameters: [], blocks: []}")
    _sent(r, "text_unknown_type", "POST", "",
          "{title: a, workflow_definition: {parameters: [], blocks: [{block_type: dream, label: a}]}}")
    wait = {"block_type": "wait", "wait_sec": 1}
    for name, blocks, parameters in (
            ("same_labels", [{**wait, "label": "a"}] * 2, []),
            ("bad_label", [{**wait, "label": "a b"}], []),
            ("leads_nowhere", [{**wait, "label": "a", "next_block_label": "b"}], []),
            ("goes_round", [{**wait, "label": "a", "next_block_label": "b"},
                            {**wait, "label": "b", "next_block_label": "a"}], []),
            ("unknown_type", [{"block_type": "dream", "label": "a"}], []),
            ("without_url", [{"block_type": "goto_url", "label": "a"}], []),
            ("no_branch", [{"block_type": "conditional", "label": "a", "branch_conditions": []}], []),
            ("same_keys", [{**wait, "label": "a"}], [{"parameter_type": "workflow", "key": "k",
                                                      "workflow_parameter_type": "string"}] * 2),
            ("unknown_parameter", [{**wait, "label": "a"}], [{"parameter_type": "dream", "key": "k"}]),
            ("source_missing", [{**wait, "label": "a"}], [{"parameter_type": "context", "key": "k",
                                                           "source_parameter_key": "nobody"}])):
        r.record(f"refused_{name}", "POST", "/v1/workflows", json={"json_definition": {
            "title": "Refused", "workflow_definition": {"parameters": parameters, "blocks": blocks}}})


def record_folders(r: Recorder, wpid: str) -> None:
    made = r.record("folder_created", "POST", "/v1/folders", json={"title": "Lamps", "description": "All"})
    folder = made["folder_id"]
    r.record("folder_without_title", "POST", "/v1/folders", json={})
    r.record("folder_empty_title", "POST", "/v1/folders", json={"title": ""})
    r.record("folder_updated", "PUT", f"/v1/folders/{folder}", json={"title": "Lights"})
    r.record("folder_missing", "GET", "/v1/folders/fld_1")
    r.record("folder_move", "PUT", f"/v1/workflows/{wpid}/folder", json={"folder_id": folder})
    r.record("folder_move_nowhere", "PUT", f"/v1/workflows/{wpid}/folder", json={"folder_id": "fld_1"})
    r.record("folder_move_nobody", "PUT", "/v1/workflows/wpid_1/folder", json={"folder_id": folder})
    r.record("folder", "GET", f"/v1/folders/{folder}")
    r.record("folders_found", "GET", "/v1/folders?search=light&page_size=10")
    r.record("folders_too_many", "GET", "/v1/folders?page_size=501")
    r.record("folder_workflows", "GET", f"/v1/workflows?folder_id={folder}")
    r.record("folder_deleted", "DELETE", f"/v1/folders/{folder}?delete_workflows=false")
    r.record("folder_deleted_again", "DELETE", f"/v1/folders/{folder}")


def record_labels(r: Recorder, wpid: str) -> None:
    wish = {"tags": [{"key": "team", "value": "lamps"}, {"value": "urgent"}], "tags_to_delete": []}
    r.record("labels_set", "POST", f"/v1/workflows/{wpid}/tags", json=wish)
    r.record("labels_of_nobody", "POST", "/v1/workflows/wpid_1/tags", json=wish)
    r.record("labels_comma", "POST", f"/v1/workflows/{wpid}/tags", json={"tags": [{"value": "a,b"}]})
    r.record("labels", "GET", f"/v1/workflows/{wpid}/tags")
    r.record("labels_of_many", "POST", "/v1/workflow-tags", json={"workflow_permanent_ids": [wpid, "wpid_1"]})
    r.record("labels_found", "GET", "/v1/workflows?tags=team:lamps,urgent")
    r.record("labels_found_badly", "GET", "/v1/workflows?tags=:")
    r.record("label_created", "POST", "/v1/tag-values", json={"key": "team", "value": "sofas", "color": "red"})
    r.record("label_twice", "POST", "/v1/tag-values", json={"key": "team", "value": "sofas"})
    r.record("label_recoloured", "PATCH", "/v1/tag-values/team", json={"value": "sofas", "color": "blue"})
    r.record("label_strange_colour", "PATCH", "/v1/tag-values/team", json={"value": "sofas", "color": "lilac"})
    r.record("label_missing", "PATCH", "/v1/tag-values/team", json={"value": "beds", "color": "blue"})
    r.record("label_renamed", "PATCH", "/v1/tag-values/team/rename", json={"value": "lamps", "new_value": "lights"})
    r.record("label_clash", "PATCH", "/v1/tag-values/team/rename", json={"value": "lights", "new_value": "sofas"})
    r.record("label_values", "GET", "/v1/tag-values")
    r.record("label_group_described", "PATCH", "/v1/tag-keys/team", json={"description": "Whose it is"})
    r.record("label_groups", "GET", "/v1/tag-keys")
    r.record("label_deleted", "DELETE", "/v1/tag-values/team", json={"value": "sofas"})
    r.record("label_group_deleted", "DELETE", "/v1/tag-keys/team")
    r.record("label_group_missing", "DELETE", "/v1/tag-keys/team")
    r.call("POST", f"/v1/workflows/{wpid}/tags", json={"tags": [], "tags_to_delete": [{"value": "urgent"}]})


def record_lists(r: Recorder, wpid: str) -> None:
    r.record("template_set", "PUT", f"/v1/workflows/{wpid}/template?is_template=true")
    r.record("template_of_nobody", "PUT", "/v1/workflows/wpid_1/template?is_template=true")
    r.record("template_unsaid", "PUT", f"/v1/workflows/{wpid}/template")
    r.record("list_templates", "GET", "/v1/workflows?only_templates=true")
    r.record("list_found", "GET", "/v1/workflows?search_key=compare%20lamps")
    r.record("list_bad_status", "GET", "/v1/workflows?status=sleeping")
    r.record("list_bad_flag", "GET", "/v1/workflows?only_templates=perhaps")
    r.record("list_both_kinds", "GET", "/v1/workflows?only_saved_tasks=true&only_workflows=true")


def record_schedules(r: Recorder, wpid: str) -> None:
    here = f"/v1/workflows/{wpid}/schedules"
    cron = {"cron_expression": "0 7 * * 1-5", "timezone": "Europe/Helsinki", "name": "Mornings",
            "parameters": {"most": 3}}
    made = r.record("schedule_created", "POST", here, json=cron)["schedule"]["workflow_schedule_id"]
    r.record("schedule_bad_cron", "POST", here, json={**cron, "cron_expression": "0 7 * *"})
    r.record("schedule_too_often", "POST", here, json={**cron, "cron_expression": "* * * * *"})
    r.record("schedule_bad_zone", "POST", here, json={**cron, "timezone": "Mars/Olympus"})
    r.record("schedule_without_zone", "POST", here, json={"cron_expression": "0 7 * * *"})
    r.record("schedule_two_cadences", "POST", here, json={**cron, "interval_seconds": 600})
    r.record("schedule_short_interval", "POST", here, json={
        "interval_seconds": 10, "timezone": "UTC", "parameters": {"most": 3}})
    r.record("schedule_unknown_input", "POST", here, json={**cron, "parameters": {"most": 3, "colour": "red"}})
    r.record("schedule_missing_input", "POST", here, json={**cron, "parameters": {}})
    r.record("schedule_of_nobody", "POST", "/v1/workflows/wpid_1/schedules", json=cron)
    r.record("schedule", "GET", f"{here}/{made}")
    r.record("schedule_missing", "GET", f"{here}/wfs_1")
    r.record("schedule_disabled", "POST", f"{here}/{made}/disable")
    r.record("schedules_paused", "GET", "/v1/schedules?status=paused&search=morning&page_size=5")
    r.record("schedules_bad_status", "GET", "/v1/schedules?status=asleep")
    r.record("schedule_enabled", "POST", f"{here}/{made}/enable")
    r.record("schedule_cancel_recurring", "POST", f"{here}/{made}/cancel")
    r.record("schedule_updated", "PUT", f"{here}/{made}", json={**cron, "cron_expression": "30 6 * * *"})
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat(timespec="seconds")
    once = {"run_at": later, "timezone": "UTC", "parameters": {"most": 3}}
    single = r.record("schedule_once", "POST", here, json=once)["schedule"]["workflow_schedule_id"]
    r.record("schedule_once_paused", "POST", f"{here}/{single}/disable")
    r.record("schedule_once_canceled", "POST", f"{here}/{single}/cancel")
    r.record("schedule_once_canceled_again", "POST", f"{here}/{single}/cancel")
    step = {"interval_seconds": 600, "timezone": "UTC", "parameters": {"most": 3}}
    steps = r.record("schedule_interval", "POST", here, json=step)["schedule"]["workflow_schedule_id"]
    r.record("schedules_of_workflow", "GET", here)
    r.record("schedule_deleted", "DELETE", f"{here}/{made}")
    for other in (single, steps):
        r.call("DELETE", f"{here}/{other}")


def record_launches(r: Recorder, wpid: str) -> None:
    """One version is run; and what is said of inputs that do not fit."""
    run = r.record("version_run", "POST", f"/api/v1/workflows/{wpid}/run?version=1", json={"data": {"most": 3}})
    r.call("POST", f"/v1/runs/{run['workflow_run_id']}/cancel")
    r.wait_for_run(str(run["workflow_run_id"]), FINAL)
    r.record("version_run_missing", "POST", f"/api/v1/workflows/{wpid}/run?version=9", json={"data": {"most": 3}})
    for name, inputs in (("missing", {}), ("mistyped", {"most": "many"}),
                         ("strange_login", {"most": 3, "login": "cred_1"})):
        r.record(f"input_{name}", "POST", "/v1/run/workflows", json={"workflow_id": wpid, "parameters": inputs})


def record_blocks(r: Recorder, wpid: str) -> None:
    """One block alone, in a browser that stays open."""
    session = str(r.call("POST", "/v1/browser_sessions", json={"timeout": 10}).json()["browser_session_id"])
    wish: dict[str, Any] = {"workflow_id": wpid, "block_labels": ["pause"], "parameters": {"most": 3},
                            "browser_session_id": session}
    run = str(r.record("block_run", "POST", "/v1/run/workflows/blocks", json=wish)["run_id"])
    r.wait_for_run(run, FINAL)
    r.record("block_run_ended", "GET", f"/v1/runs/{run}")
    r.record("block_unknown", "POST", "/v1/run/workflows/blocks", json={**wish, "block_labels": ["nobody"]})
    r.record("block_unsaid", "POST", "/v1/run/workflows/blocks", json={"workflow_id": wpid})
    r.record("session_extended", "POST", f"/v1/browser_sessions/{session}/extend", json={"additional_minutes": 5})
    r.record("session_extended_by_nothing", "POST", f"/v1/browser_sessions/{session}/extend", json={})
    r.call("POST", f"/v1/browser_sessions/{session}/close")
    r.record("session_extended_late", "POST", f"/v1/browser_sessions/{session}/extend", json={"additional_minutes": 5})
    r.record("session_extended_missing", "POST", "/v1/browser_sessions/pbs_1/extend", json={"additional_minutes": 5})
    r.record("profile_reset", "POST", f"/v1/workflows/{wpid}/browser_session/reset_profile")
    r.record("profile_reset_missing", "POST", "/v1/workflows/wpid_1/browser_session/reset_profile")


def record_scripts(r: Recorder, site: str) -> None:
    """Of a workflow that never ran, so that there is no code of it, and of one that is not there."""
    text = DOCUMENT.format(site=site, seconds=1).encode()
    wpid = r.call("POST", "/api/v1/workflows", data=text, headers=PLAIN).json()["workflow_permanent_id"]
    for name, of in (("", wpid), ("_of_nobody", "wpid_1")):
        r.record(f"scripts{name}", "GET", f"/v1/scripts/workflows/{of}")
        r.record(f"script_blocks{name}", "POST", f"/v1/scripts/{of}/blocks", json={"cache_key_value": "default"})
        r.record(f"script_pin{name}", "POST", f"/v1/scripts/{of}/pin", json={"cache_key_value": "default"})
        r.record(f"script_unpin{name}", "POST", f"/v1/scripts/{of}/unpin", json={"cache_key_value": "default"})
        r.record(f"script_value_deleted{name}", "DELETE", f"/v1/scripts/{of}/value?cache-key-value=default")
        r.record(f"script_cache_cleared{name}", "DELETE", f"/v1/scripts/{of}/cache")
        r.record(f"reliability{name}", "GET", f"/v1/workflows/{of}/reliability")
        r.record(f"heals{name}", "GET", f"/v1/workflows/{of}/heal_episodes?limit=100")
        r.record(f"fallbacks{name}", "GET", f"/v1/workflows/{of}/fallback-episodes")
    r.record("script_versions_missing", "GET", "/v1/scripts/s_1/versions")
    r.record("script_detail_missing", "GET", "/v1/scripts/s_1/versions/1/detail")
    r.record("script_runs_missing", "GET", "/v1/scripts/s_1/runs")
    r.call("DELETE", f"/api/v1/workflows/{wpid}")


def _sent(r: Recorder, name: str, method: str, path: str, text: str) -> Any:
    return r.record(name, method, f"/api/v1/workflows{path}", data=text.encode(), headers=PLAIN)
