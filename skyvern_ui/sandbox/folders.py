"""Folders of workflows, under /v1 and the older /api/v1."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from skyvern_ui.sandbox.bodies import json_body, the_world
from skyvern_ui.sandbox.refusals import Refusal, invalid, whole_number
from skyvern_ui.sandbox.shapes import moment
from skyvern_ui.sandbox.world import World

blueprint = Blueprint("folders", __name__)
LONGEST_TITLE = 255


@blueprint.get("/v1/folders")
@blueprint.get("/api/v1/folders", endpoint="list_folders_legacy")
def list_folders() -> ResponseReturnValue:
    """Those changed last come first."""
    world, asked = the_world(), request.args
    page = whole_number(("query", "page"), asked.get("page"), 1, None, 1)
    size = whole_number(("query", "page_size"), asked.get("page_size"), 1, 500, 100)
    words = (asked.get("search") or "").lower()
    found = [folder for folder in world.folders.values()
             if words in folder["title"].lower() or words in (folder["description"] or "").lower()]
    found.sort(key=lambda folder: folder["modified_at"], reverse=True)
    return jsonify([_document(world, folder) for folder in found[(page - 1) * size:page * size]])


@blueprint.post("/v1/folders")
@blueprint.post("/api/v1/folders", endpoint="create_folder_legacy")
def create_folder() -> ResponseReturnValue:
    world, body = the_world(), json_body()
    if "title" not in body:
        raise invalid(("body", "title"), "missing", "Field required", body)
    now = moment(world.clock())
    folder = {"title": _title(body["title"]), "description": _description(body.get("description")),
              "folder_id": world.new_id("fld"), "organization_id": world.organization_id,
              "created_at": now, "modified_at": now}
    world.folders[folder["folder_id"]] = folder
    return jsonify(_document(world, folder))


@blueprint.get("/v1/folders/<folder_id>")
@blueprint.get("/api/v1/folders/<folder_id>", endpoint="show_folder_legacy")
def show_folder(folder_id: str) -> ResponseReturnValue:
    return jsonify(_document(the_world(), _find(folder_id)))


@blueprint.put("/v1/folders/<folder_id>")
@blueprint.put("/api/v1/folders/<folder_id>", endpoint="update_folder_legacy")
def update_folder(folder_id: str) -> ResponseReturnValue:
    """What is null stays: a description is taken away by an empty text."""
    world, body = the_world(), json_body()
    title = _title(body["title"]) if body.get("title") is not None else None
    description = _description(body.get("description"))
    folder = _find(folder_id)
    folder["title"] = folder["title"] if title is None else title
    folder["description"] = folder["description"] if description is None else description
    folder["modified_at"] = moment(world.clock())
    return jsonify(_document(world, folder))


@blueprint.delete("/v1/folders/<folder_id>")
@blueprint.delete("/api/v1/folders/<folder_id>", endpoint="delete_folder_legacy")
def delete_folder(folder_id: str) -> ResponseReturnValue:
    world, too = the_world(), request.args.get("delete_workflows", "").lower() in ("true", "1", "yes", "on", "t", "y")
    _find(folder_id)
    for wpid in within(world, folder_id):
        if too:
            world.deleted.add(wpid)
        for version in world.workflows[wpid]:
            version["folder_id"] = version["folder_id"] if too else None
    del world.folders[folder_id]
    return jsonify({"status": "deleted", "folder_id": folder_id, "workflows_deleted": too})


@blueprint.put("/v1/workflows/<wpid>/folder")
@blueprint.put("/api/v1/workflows/<wpid>/folder", endpoint="move_workflow_legacy")
def move_workflow(wpid: str) -> ResponseReturnValue:
    world, folder_id = the_world(), json_body().get("folder_id")
    if wpid not in world.workflows or wpid in world.deleted:
        raise Refusal(404, f"Workflow {wpid} not found")
    if folder_id and folder_id not in world.folders:
        raise Refusal(400, f"Folder {folder_id} not found")
    workflow = world.workflows[wpid][-1]
    workflow["folder_id"], workflow["modified_at"] = folder_id, moment(world.clock())
    if folder_id:
        world.folders[folder_id]["modified_at"] = workflow["modified_at"]
    return jsonify(workflow)


def within(world: World, folder_id: str) -> list[str]:
    """The workflows whose newest version is in the folder."""
    return [wpid for wpid, versions in world.workflows.items()
            if wpid not in world.deleted and versions[-1]["folder_id"] == folder_id]


def _document(world: World, folder: dict[str, Any]) -> dict[str, Any]:
    return folder | {"workflow_count": len(within(world, folder["folder_id"]))}


def _find(folder_id: str) -> dict[str, Any]:
    folder = the_world().folders.get(folder_id)
    if folder is None:
        raise Refusal(404, f"Folder {folder_id} not found")
    return folder


def _title(given: Any) -> str:
    where = ("body", "title")
    if not isinstance(given, str):
        raise invalid(where, "string_type", "Input should be a valid string", given)
    if not given:
        raise invalid(where, "string_too_short", "String should have at least 1 character", given, min_length=1)
    if len(given) > LONGEST_TITLE:
        raise invalid(where, "string_too_long", f"String should have at most {LONGEST_TITLE} characters", given,
                      max_length=LONGEST_TITLE)
    return given


def _description(given: Any) -> str | None:
    if given is not None and not isinstance(given, str):
        raise invalid(("body", "description"), "string_type", "Input should be a valid string", given)
    return given
