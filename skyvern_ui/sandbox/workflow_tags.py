"""Tags of workflows, and the registry of their groups, values and colours; under /v1 and the older /api/v1."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from skyvern_ui.sandbox.bodies import json_body, the_world
from skyvern_ui.sandbox.refusals import Refusal
from skyvern_ui.sandbox.tags import MOST_TERMS, Tag, read_changes
from skyvern_ui.sandbox.world import World

blueprint = Blueprint("workflow_tags", __name__)
COLOURS = ("gray", "red", "orange", "amber", "yellow", "green", "teal", "blue", "cyan", "indigo", "purple", "pink")
MOST_WORKFLOWS = 200


@blueprint.get("/v1/workflows/<wpid>/tags")
@blueprint.get("/api/v1/workflows/<wpid>/tags", endpoint="list_tags_of_workflow_legacy")
def list_tags_of_workflow(wpid: str) -> ResponseReturnValue:
    return jsonify(_document(the_world(), _existing(wpid)))


@blueprint.post("/v1/workflows/<wpid>/tags")
@blueprint.post("/api/v1/workflows/<wpid>/tags", endpoint="change_tags_of_workflow_legacy")
def change_tags_of_workflow(wpid: str) -> ResponseReturnValue:
    """A tag that is both set and taken away stays. A group's value gets a colour when it is first used."""
    world, body = the_world(), json_body()
    wanted, gone = read_changes(body)
    colours = body.get("colors") or {}
    held = world.workflow_tags.get(_existing(wpid), [])
    replaced = {_identity(key, value) for key, value in [*wanted, *gone]}
    kept = [tag for tag in held if _identity(tag.key, tag.value) not in replaced]
    fresh = {_identity(key, value): Tag(key, value or "", world.clock(), world.person) for key, value in wanted}
    if len(kept) + len(fresh) > MOST_TERMS:
        raise Refusal(422, f"workflow {wpid} would have {len(kept) + len(fresh)} user-writable tags; "
                           f"max is {MOST_TERMS}")
    world.workflow_tags[wpid] = [*kept, *fresh.values()]
    for tag in fresh.values():
        if tag.key:
            register(world, tag.key, tag.value, colours.get(tag.key))
    return jsonify(_document(world, wpid))


@blueprint.delete("/v1/workflows/<wpid>/tags/<key>")
@blueprint.delete("/api/v1/workflows/<wpid>/tags/<key>", endpoint="delete_tag_of_workflow_legacy")
def delete_tag_of_workflow(wpid: str, key: str) -> ResponseReturnValue:
    world = the_world()
    world.workflow_tags[wpid] = [tag for tag in world.workflow_tags.get(_existing(wpid), []) if tag.key != key]
    return jsonify(_document(world, wpid))


@blueprint.get("/v1/workflow-tags")
@blueprint.get("/api/v1/workflow-tags", endpoint="list_workflow_tags_legacy")
def list_workflow_tags() -> ResponseReturnValue:
    return jsonify(_batch(request.args.get("workflow_permanent_ids", "").split(",")))


@blueprint.post("/v1/workflow-tags")
@blueprint.post("/api/v1/workflow-tags", endpoint="ask_workflow_tags_legacy")
def ask_workflow_tags() -> ResponseReturnValue:
    return jsonify(_batch(json_body().get("workflow_permanent_ids") or []))


def register(world: World, key: str, value: str, colour: str | None) -> None:
    """Notes a value of a group; a colour that is named replaces what it had."""
    world.tag_keys.setdefault(key, None)
    if colour is not None or (key, value) not in world.tag_colours:
        world.tag_colours[key, value] = colour or COLOURS[(len(world.tag_colours) * 5 + 7) % len(COLOURS)]


def carriers(world: World, key: str, value: str | None = None) -> list[str]:
    """The workflows that carry a value of the group."""
    return [wpid for wpid, tags in world.workflow_tags.items() if wpid not in world.deleted
            and any(tag.key == key and value in (None, tag.value) for tag in tags)]


def _batch(given: list[Any]) -> dict[str, Any]:
    world = the_world()
    asked = [name.strip() for name in given if isinstance(name, str) and name.strip()]
    if len(asked) > MOST_WORKFLOWS:
        raise Refusal(400, f"At most {MOST_WORKFLOWS} workflow IDs may be requested at once")
    return {"workflow_tags": {wpid: [{"key": tag.key, "value": tag.value} for tag in _sorted(world, wpid)]
                              for wpid in asked}}


def _document(world: World, wpid: str) -> dict[str, Any]:
    return {"workflow_permanent_id": wpid, "tags": [tag.document() for tag in _sorted(world, wpid)]}


def _sorted(world: World, wpid: str) -> list[Tag]:
    held = [] if wpid in world.deleted else world.workflow_tags.get(wpid, [])
    return sorted(held, key=lambda tag: (tag.key is not None, tag.key or "", tag.value))


def _existing(wpid: str) -> str:
    world = the_world()
    if wpid not in world.workflows or wpid in world.deleted:
        raise Refusal(404, f"Workflow {wpid} not found")
    return wpid


def _identity(key: str | None, value: str | None) -> tuple[str | None, str | None]:
    return (key, None) if key else (None, value)
