"""How often runs had to be helped: episodes of healing, of a model taking over, and what Skyvern makes of them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from skyvern_ui.sandbox.bodies import the_world
from skyvern_ui.sandbox.names import block_id
from skyvern_ui.sandbox.refusals import Refusal, whole_number
from skyvern_ui.sandbox.scripts import finished_runs
from skyvern_ui.sandbox.shapes import moment
from skyvern_ui.sandbox.story import Run
from skyvern_ui.sandbox.workflows import find_versions

blueprint = Blueprint("healing", __name__)
WINDOW, LEAST = 20, 10


@blueprint.get("/v1/workflows/<wpid>/heal_episodes")
def list_heals(wpid: str) -> ResponseReturnValue:
    limit = whole_number(("query", "limit"), request.args.get("limit"), 1, 200, 50)
    return jsonify([_heal(run, wpid) for run in finished_runs(the_world(), wpid) if _was_healed(run)][:limit])


@blueprint.get("/v1/workflows/<wpid>/reliability")
def show_reliability(wpid: str) -> ResponseReturnValue:
    """As compute_workflow_reliability of 1.0.56, which knows no workflow: an unknown one has no runs."""
    runs = list(finished_runs(the_world(), wpid))[:WINDOW]
    flags = [_was_healed(run) for run in runs]
    healed, rate = sum(flags), sum(flags) / len(flags) if flags else 0.0
    in_a_row = next((place for place, flag in enumerate(flags) if not flag), len(flags))
    state = "healthy"
    if len(runs) >= LEAST:
        state = "action_needed" if sum(flags[:10]) >= 3 or rate >= 0.2 else \
            "watch" if healed >= 2 or in_a_row >= 2 else "healthy"
    return jsonify({"state": state, "outcome_risk": False, "scored": len(runs) >= LEAST, "window_runs": len(runs),
                    "healed_runs": healed, "heal_rate": rate, "consecutive_healed_runs": in_a_row, "floor_runs": 0,
                    "outcome_risk_runs": 0})


@blueprint.get("/v1/workflows/<wpid>/fallback-episodes")
def list_fallbacks(wpid: str) -> ResponseReturnValue:
    try:
        find_versions(wpid)
    except Refusal:
        raise Refusal(404, "Workflow not found") from None
    page = whole_number(("query", "page"), request.args.get("page"), 1, None, 1)
    size = whole_number(("query", "page_size"), request.args.get("page_size"), 1, 100, 20)
    found = [_fallback(run, wpid) for run in finished_runs(the_world(), wpid) if "[fallback]" in run.prompt]
    return jsonify({"episodes": found[(page - 1) * size:page * size], "page": page, "page_size": size,
                    "total_count": len(found)})


def _was_healed(run: Run) -> bool:
    return "[heal]" in run.prompt or "[unhealed]" in run.prompt


def _heal(run: Run, wpid: str) -> dict[str, Any]:
    when = moment(run.finished(the_world().clock()))
    return {"heal_episode_id": f"he_{run.number}", "workflow_permanent_id": wpid,
            "workflow_id": (run.workflow or {}).get("workflow_id"), "workflow_run_id": run.run_id,
            "workflow_run_block_id": block_id(run, 0), "block_label": str(run.blocks[0].get("label")),
            "engine": "agent", "status": "fired_completed" if "[heal]" in run.prompt else "fired_failed",
            "skip_reason": None, "snapshot_available": False, "convergence_eligible": False,
            "parameter_binding_keys": None, "exception_class": "TimeoutError", "failing_line": 3,
            "matched_step_index": None, "escalation_task_id": None, "wall_clock_ms": 4200, "action_count": 2,
            "output_obligation": "none", "dom_snapshot_artifact_id": None, "scout_transcript_artifact_id": None,
            "screenshot_artifact_id": None, "created_at": when, "modified_at": when}


def _fallback(run: Run, wpid: str) -> dict[str, Any]:
    world = the_world()
    when = moment(run.finished(world.clock()))
    return {"episode_id": f"sfe_{run.number}", "organization_id": world.organization_id,
            "workflow_permanent_id": wpid, "workflow_run_id": run.run_id, "script_revision_id": None,
            "block_label": str(run.blocks[0].get("label")), "fallback_type": "element",
            "error_message": "The button was not where the code looked for it.", "classify_result": None,
            "agent_actions": [], "page_url": "https://shop.example/", "page_text_snapshot": None,
            "fallback_succeeded": run.status(world.clock()) == "completed", "reviewed": False,
            "reviewer_output": None, "new_script_revision_id": None, "reviewer_version": None, "created_at": when,
            "modified_at": when}
