"""Record what the real Skyvern answers, for the sandbox to be held against.

    python -m tests.real.record        writes tests/sandbox/recorded/*.json

Each file holds {"request", "status", "headers", "body"}; keys, addresses and folders are made neutral.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.real.mail import running_mail
from tests.real.model import ScriptedModel, running_model
from tests.real.record_library import record_library
from tests.real.record_runs import record_runs
from tests.real.recorder import Recorder
from tests.real.site import Site, running_site
from tests.real.skyvern import RealSkyvern, running_skyvern

RECORDED = Path(__file__).parents[1] / "sandbox" / "recorded"
FINAL = {"completed", "failed", "terminated", "canceled", "timed_out"}


def record_all(recorder: Recorder, site_url: str, model: ScriptedModel | None = None) -> None:
    """The whole journey. The sandbox makes it too: its runs fail by a word, the real one's by the model."""
    record_server(recorder)
    record_refusals(recorder)
    workflow_id = record_workflows(recorder, site_url)
    record_tasks(recorder, site_url)
    record_failure(recorder, site_url, model)
    record_workflow_runs(recorder, workflow_id)
    record_sessions(recorder)
    record_runs(recorder, site_url)
    record_library(recorder, site_url)
    recorder.record("workflow_delete", "POST", f"/v1/workflows/{workflow_id}/delete")
    recorder.record("workflow_missing", "GET", "/v1/workflows/wpid_1")


def record_server(r: Recorder) -> None:
    r.record("heartbeat", "GET", "/api/v1/heartbeat", key=None)
    r.record("version", "GET", "/v1/version", key=None)
    r.record("config_runtime", "GET", "/v1/config/runtime", key=None)
    r.record("organizations", "GET", "/api/v1/organizations")
    r.record("organizations_me", "GET", "/api/v1/organizations/me")
    r.record("models", "GET", "/api/v1/models")
    r.record("credentials", "GET", "/v1/credentials")
    r.record("schedules", "GET", "/v1/schedules")
    r.record("browser_profiles", "GET", "/v1/browser_profiles")
    r.record("folders", "GET", "/v1/folders")
    r.record("workflow_templates", "GET", "/api/v1/workflows/templates", key=None)
    r.record("upload_file", "POST", "/api/v1/upload_file", files={"file": ("note.txt", b"hello", "text/plain")})


def record_refusals(r: Recorder) -> None:
    r.record("refused_no_key", "GET", "/v1/runs", key=None)
    r.record("refused_bad_key", "GET", "/v1/runs", key="not-a-key")
    r.record("refused_bearer", "GET", "/v1/runs", key=None, headers={"authorization": "Bearer x"})
    r.record("missing_run", "GET", "/v1/runs/tsk_1")
    r.record("missing_workflow_run", "GET", "/v1/runs/wr_1")
    r.record("missing_route", "GET", "/v1/no-such-route")
    r.record("wrong_method", "PUT", "/v1/run/tasks")
    r.record("heartbeat_under_v1", "GET", "/v1/heartbeat", key=None)
    r.record("missing_artifact", "GET", "/v1/artifacts/a_1/content")
    r.record("missing_session", "GET", "/v1/browser_sessions/pbs_1")
    r.record("missing_task", "GET", "/api/v1/tasks/tsk_1")
    r.record("task_without_prompt", "POST", "/v1/run/tasks", json={})
    r.record("task_broken_json", "POST", "/v1/run/tasks", data=b"{", headers={"content-type": "application/json"})
    r.record("task_bad_url", "POST", "/v1/run/tasks", json={"prompt": "x", "url": "http://", "engine": "skyvern-1.0"})
    r.record("task_bad_engine", "POST", "/v1/run/tasks", json={"prompt": "x", "engine": "skyvern-9"})
    r.record("runs_bad_page_size", "GET", "/v1/runs?page_size=1000")
    r.record("runs_bad_status", "GET", "/v1/runs?status=sleeping")
    r.record("workflow_empty", "POST", "/v1/workflows", json={})
    twice = [{"block_type": "wait", "label": "a", "wait_sec": 1}] * 2
    r.record("workflow_bad_label", "POST", "/v1/workflows", json={"json_definition": {
        "title": "x", "workflow_definition": {"parameters": [], "blocks": twice}}})
    r.record("run_missing_workflow", "POST", "/v1/run/workflows", json={"workflow_id": "wpid_1"})
    r.record("session_bad_timeout", "POST", "/v1/browser_sessions", json={"timeout": 1})
    r.record("cancel_missing", "POST", "/v1/runs/tsk_1/cancel")


def record_workflows(r: Recorder, site: str) -> str:
    created = r.record("workflow_create", "POST", "/v1/workflows", json={"json_definition": {
        "title": "Watch the page", "description": "Opens a page, waits, computes.",
        "workflow_definition": {
            "parameters": [{"parameter_type": "workflow", "key": "greeting", "workflow_parameter_type": "string",
                            "default_value": "hello", "description": "What to say"}],
            "blocks": [{"block_type": "goto_url", "label": "open_page", "url": f"{site}/moving"},
                       {"block_type": "wait", "label": "look_at_it", "wait_sec": 5},
                       {"block_type": "code", "label": "compute", "code": "total = 6 * 7", "parameter_keys": []}]}}})
    wpid: str = created["workflow_permanent_id"]
    r.record("workflow", "GET", f"/v1/workflows/{wpid}")
    r.record("workflows", "GET", "/v1/workflows?page=1&page_size=5")
    r.record("workflow_versions", "GET", f"/v1/workflows/{wpid}/versions")
    return wpid


def record_tasks(r: Recorder, site: str) -> None:
    wish = {"prompt": "Open the page and say it is done", "url": f"{site}/", "engine": "skyvern-1.0"}
    started = r.record("task_start", "POST", "/v1/run/tasks", json=wish)
    run = started["run_id"]
    r.wait_for_run(run, FINAL)
    r.record("task_run", "GET", f"/v1/runs/{run}")
    shot = r.wait_for_artifact(run, "screenshot_final")
    r.record("task_artifacts", "GET", f"/v1/runs/{run}/artifacts")
    r.record("task_timeline", "GET", f"/v1/runs/{run}/timeline")
    r.record("legacy_task", "GET", f"/api/v1/tasks/{run}")
    r.record("legacy_tasks", "GET", "/api/v1/tasks?page=1&page_size=5")
    r.record("legacy_steps", "GET", f"/api/v1/tasks/{run}/steps")
    r.record("legacy_actions", "GET", f"/api/v1/tasks/{run}/actions")
    r.record("legacy_task_artifacts", "GET", f"/api/v1/task/{run}/artifacts")
    r.record("cancel_finished_task", "POST", f"/v1/runs/{run}/cancel")
    record_artifact(r, shot)
    started = r.call("POST", "/v1/run/tasks", json=wish).json()
    r.record("cancel_task", "POST", f"/v1/runs/{started['run_id']}/cancel")
    r.wait_for_run(started["run_id"], FINAL)
    r.record("task_canceled", "GET", f"/v1/runs/{started['run_id']}")
    r.record("runs_cancel_bulk", "POST", "/v1/runs/cancel", json={"run_ids": ["tsk_1"]})


def record_failure(r: Recorder, site: str, model: ScriptedModel | None) -> None:
    if model is not None:
        model.set_mode("quota")
    wish = {"prompt": "Read what cannot be read [fail]", "url": f"{site}/", "engine": "skyvern-1.0"}
    run = r.call("POST", "/v1/run/tasks", json=wish).json()["run_id"]
    r.wait_for_run(run, FINAL)
    r.record("task_failed", "GET", f"/v1/runs/{run}")
    r.record("legacy_task_failed", "GET", f"/api/v1/tasks/{run}")
    if model is not None:
        model.set_mode("ok")


def record_artifact(r: Recorder, artifact: str) -> None:
    r.record("artifact", "GET", f"/v1/artifacts/{artifact}")
    r.record("artifact_content", "GET", f"/v1/artifacts/{artifact}/content")
    r.record("artifact_range", "GET", f"/v1/artifacts/{artifact}/content", headers={"range": "bytes=0-9"})
    r.record("artifact_bad_range", "GET", f"/v1/artifacts/{artifact}/content", headers={"range": "bytes=99999999-"})
    r.record("artifact_no_key", "GET", f"/v1/artifacts/{artifact}/content", key=None)
    r.record("artifact_signed_url", "GET", f"/v1/artifacts/{artifact}/signed-url")


def record_workflow_runs(r: Recorder, wpid: str) -> None:
    wish = {"workflow_id": wpid, "parameters": {"greeting": "hi"}, "run_metadata": {"ui.user": "ben"}}
    started = r.record("workflow_run_start", "POST", "/v1/run/workflows", json=wish)
    run = started["run_id"]
    r.wait_for_run(run, {"running"} | FINAL)
    r.record("workflow_run_live", "GET", f"/v1/workflows/runs/{run}")
    r.wait_for_run(run, FINAL)
    r.record("workflow_run", "GET", f"/v1/runs/{run}")
    r.record("workflow_run_with_workflow", "GET", f"/v1/workflows/runs/{run}")
    r.record("workflow_run_legacy", "GET", f"/api/v1/workflows/{wpid}/runs/{run}")
    r.record("workflow_run_timeline", "GET", f"/v1/runs/{run}/timeline")
    r.record("workflow_run_artifacts", "GET", f"/v1/runs/{run}/artifacts")
    r.record("workflow_runs", "GET", f"/v1/workflows/{wpid}/runs")
    r.record("all_workflow_runs", "GET", "/v1/workflows/runs")
    r.record("runs", "GET", "/v1/runs?page=1&page_size=10")
    r.record("runs_by_status", "GET", "/v1/runs?status=completed&page_size=2")
    r.record("runs_by_tag", "GET", "/v1/runs?tags=ui.user:ben")
    r.record("run_tags", "GET", f"/v1/runs/{run}/tags")
    r.record("continue_not_paused", "POST", f"/v1/workflows/runs/{run}/continue")
    r.record("cancel_finished_workflow_run", "POST", f"/v1/runs/{run}/cancel")
    again = r.record("workflow_run_retry", "POST", f"/v1/workflows/runs/{run}/retry")
    r.record("retry_not_finished", "POST", f"/v1/workflows/runs/{again['run_id']}/retry")
    r.call("POST", f"/v1/runs/{again['run_id']}/cancel")
    r.wait_for_run(again["run_id"], FINAL)


def record_sessions(r: Recorder) -> None:
    opened = r.record("session_create", "POST", "/v1/browser_sessions", json={"timeout": 10})
    session = opened["browser_session_id"]
    r.record("sessions", "GET", "/v1/browser_sessions")
    r.record("session", "GET", f"/v1/browser_sessions/{session}")
    r.record("session_close", "POST", f"/v1/browser_sessions/{session}/close")
    r.record("session_closed", "GET", f"/v1/browser_sessions/{session}")
    r.record("session_history", "GET", "/v1/browser_sessions/history?page=1&page_size=5")


def neutral_words(real: RealSkyvern, site: Site, model_url: str) -> dict[str, str]:
    return {real.key: "***", str(real.env_file.parent): "/data", real.url: "http://skyvern.test",
            site.url: "http://site.test", model_url: "http://model.test/v1"}


def main() -> int:
    with (tempfile.TemporaryDirectory() as folder, running_model() as model, running_site() as site,
          running_mail(Path(folder) / "mail") as mail,
          running_skyvern(Path(folder) / "skyvern", model_url=model.url, settings=mail.settings) as real):
        words = neutral_words(real, site, model.url)
        record_all(Recorder(real.url, real.key, RECORDED, words), site.url, model)
    print(f"{len(list(RECORDED.glob('*.json')))} answers recorded")
    return 0


if __name__ == "__main__":
    sys.exit(main())
