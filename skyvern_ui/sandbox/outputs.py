"""What the blocks of a run give: the output of each, and of the whole."""

from __future__ import annotations

from typing import Any

from skyvern_ui.sandbox.artifacts import Artifact, downloads_of
from skyvern_ui.sandbox.names import task_id
from skyvern_ui.sandbox.plan import Part, parts_of
from skyvern_ui.sandbox.shapes import moment, shape
from skyvern_ui.sandbox.story import Run

RESULT = {"order_number": "LL-20418", "item": "Reading lamp Alva", "price_eur": 48.0, "note": "Sandbox - simulated"}
COMPARED = {"cheapest": "Alva", "prices_eur": {"Alva": 48.0, "Brisa": 89.5, "Corvo": 120.0}, "in_stock": ["Alva"],
            "note": "Sandbox - simulated"}
CODE = {"compare": COMPARED}  # by label; any other code block counts to 42


def outputs_of(run: Run, now: float) -> dict[str, Any] | None:
    """Of a run that is over: an entry for every block that was completed, the last turn's for those in loops."""
    if not run.is_over(now):
        return None
    told = {f"{part.label}_output": block_output(run, part, now) for part in parts_of(run)
            if part.status(run, now) == "completed"}
    return {**told, "extracted_information": [RESULT] if run.status(now) == "completed" else []}


def block_output(run: Run, part: Part, now: float) -> Any:
    """None until it is completed."""
    if part.status(run, now) != "completed":
        return None
    if part.kind == "wait":
        return {"success": True}
    if part.kind == "human_interaction":
        return {"success": True, "reason": "status_changed:running"}
    if part.kind == "code":
        return CODE.get(part.label, {"total": 42})
    if part.kind in ("for_loop", "while_loop"):
        return _turns(run, part, now)
    if part.kind == "conditional":
        return _choice(part)
    if part.kind == "workflow_trigger":
        return _of_child(run, part, now)
    files = [download_document(file) for file in downloads_of(run, part)]
    found = {} if part.kind == "goto_url" else {"extracted_information": RESULT}
    return shape("goto_output", status="completed", task_id=task_id(run, part), downloaded_files=files,
                 downloaded_file_urls=[file["url"] for file in files] or None,
                 downloaded_file_artifact_ids=[file["artifact_id"] for file in files] or None, **found)


def download_document(artifact: Artifact) -> dict[str, Any]:
    return {"url": artifact.uri, "checksum": None, "filename": artifact.name, "file_size": len(artifact.read()),
            "modified_at": moment(artifact.created), "artifact_id": artifact.artifact_id}


def sub_run(run: Run, part: Part) -> Run | None:
    """The run that a workflow_trigger block started."""
    triggers = [other for other in parts_of(run) if other.kind == "workflow_trigger"]
    below = [child for child in run.below if child.parent]
    return below[triggers.index(part)] if part in triggers and triggers.index(part) < len(below) else None


def _turns(run: Run, loop: Part, now: float) -> list[list[dict[str, Any]]]:
    values: list[Any] = loop.more.get("loop_values") or [None] * 3
    turns: list[list[dict[str, Any]]] = [[] for _ in values]
    for part in loop.children:
        entry = {"loop_value": values[part.more["current_index"]], "output_value": block_output(run, part, now),
                 "output_parameter": part.block.get("output_parameter")}
        turns[part.more["current_index"]].append(entry)
    return turns


def _choice(part: Part) -> dict[str, Any]:
    branches = part.block.get("branch_conditions") or []
    taken = next((n for n, b in enumerate(branches) if b.get("id") == part.more["executed_branch_id"]), 0)
    told = []
    for place, branch in enumerate(branches[:taken + 1]):
        criteria = branch.get("criteria") or {}
        told.append({"branch_id": branch.get("id"), "branch_index": place, "result": place == taken,
                     "criteria_type": criteria.get("criteria_type"), "is_matched": place == taken, "error": None,
                     "original_expression": criteria.get("expression"), "is_default": bool(branch.get("is_default")),
                     "next_block_label": branch.get("next_block_label")})
    chosen = branches[taken] if branches else {}
    criteria = chosen.get("criteria") or {}
    return {"branch_taken": chosen.get("next_block_label"), "branch_index": taken, "branch_id": chosen.get("id"),
            "branch_description": chosen.get("description"), "criteria_type": criteria.get("criteria_type"),
            "criteria_expression": criteria.get("expression"), "evaluations": told, "llm_prompt": None,
            "next_block_label": chosen.get("next_block_label"), "llm_response": None}


def _of_child(run: Run, part: Part, now: float) -> dict[str, Any]:
    child = sub_run(run, part)
    if child is None:
        return {"workflow_run_id": None, "status": "completed"}
    told = {name: value for name, value in (outputs_of(child, now) or {}).items() if name != "extracted_information"}
    return {"workflow_run_id": child.run_id, "workflow_permanent_id": child.workflow_permanent_id,
            "status": child.status(now), "failure_reason": None, "outputs": told}
