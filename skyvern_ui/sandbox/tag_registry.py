"""The groups of tags and their values with colours: what the page of labels reads and changes."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from skyvern_ui.sandbox.bodies import json_body, the_world
from skyvern_ui.sandbox.refusals import Refusal, invalid
from skyvern_ui.sandbox.tags import Tag, check_key
from skyvern_ui.sandbox.workflow_tags import COLOURS, carriers, register

blueprint = Blueprint("tag_registry", __name__)
LONGEST, LONGEST_DESCRIPTION = 256, 500


@blueprint.get("/v1/tag-keys")
@blueprint.get("/api/v1/tag-keys", endpoint="list_tag_keys_legacy")
def list_tag_keys() -> ResponseReturnValue:
    return jsonify([_key(key) for key in sorted(the_world().tag_keys)])


@blueprint.patch("/v1/tag-keys/<key>")
@blueprint.patch("/api/v1/tag-keys/<key>", endpoint="update_tag_key_legacy")
def update_tag_key(key: str) -> ResponseReturnValue:
    world, said = the_world(), json_body().get("description")
    text = (said or "").strip() or None
    if text and len(text) > LONGEST_DESCRIPTION:
        raise _wrong("description", f"tag description must be at most {LONGEST_DESCRIPTION} characters", said)
    _find_key(key)
    world.tag_keys[key] = text
    return jsonify(_key(key))


@blueprint.delete("/v1/tag-keys/<key>")
@blueprint.delete("/api/v1/tag-keys/<key>", endpoint="delete_tag_key_legacy")
def delete_tag_key(key: str) -> ResponseReturnValue:
    world = the_world()
    _find_key(key)
    told = {"key": key} | _removed(key, None)
    del world.tag_keys[key]
    for pair in [pair for pair in world.tag_colours if pair[0] == key]:
        del world.tag_colours[pair]
    return jsonify(told)


@blueprint.get("/v1/tag-values")
@blueprint.get("/api/v1/tag-values", endpoint="list_tag_values_legacy")
def list_tag_values() -> ResponseReturnValue:
    only = request.args.get("key")
    return jsonify([_value(*pair) for pair in sorted(the_world().tag_colours) if only in (None, pair[0])])


@blueprint.post("/v1/tag-values")
@blueprint.post("/api/v1/tag-values", endpoint="create_tag_value_legacy")
def create_tag_value() -> ResponseReturnValue:
    world, body = the_world(), json_body()
    key, value = body.get("key"), _text(body, "value")
    check_key(key, ("body", "key"))
    _refuse_star(value)
    colour = _colour(body["color"]) if body.get("color") is not None else None
    if (key, value) in world.tag_colours:
        raise Refusal(409, f"tag value '{key}:{value}' already exists")
    register(world, str(key), value, colour)
    return jsonify(_value(str(key), value))


@blueprint.patch("/v1/tag-values/<key>")
@blueprint.patch("/api/v1/tag-values/<key>", endpoint="update_tag_value_legacy")
def update_tag_value(key: str) -> ResponseReturnValue:
    world, body = the_world(), json_body()
    value, colour = _text(body, "value"), _colour(body.get("color"))
    if (key, value) not in world.tag_colours:
        raise Refusal(404, f"Tag value '{key}:{value}' not found")
    world.tag_colours[key, value] = colour
    return jsonify(_value(key, value))


@blueprint.patch("/v1/tag-values/<key>/rename")
@blueprint.patch("/api/v1/tag-values/<key>/rename", endpoint="rename_tag_value_legacy")
def rename_tag_value(key: str) -> ResponseReturnValue:
    world, body = the_world(), json_body()
    value, wanted = _text(body, "value"), _text(body, "new_value")
    if value == wanted:
        raise _wrong(None, "new_value must differ from the current value", body)
    _refuse_star(wanted)
    if (key, value) not in world.tag_colours and not carriers(world, key, value):
        raise Refusal(404, f"Tag value '{key}:{value}' not found")
    if (key, wanted) in world.tag_colours or carriers(world, key, wanted):
        raise Refusal(409, f"tag value '{key}:{wanted}' already exists; rename would merge labels (not supported)")
    changed = carriers(world, key, value)
    for wpid in changed:
        world.workflow_tags[wpid] = [Tag(key, wanted, world.clock(), world.person) if (tag.key, tag.value) == (
            key, value) else tag for tag in world.workflow_tags[wpid]]
    world.tag_colours[key, wanted] = colour = world.tag_colours.pop((key, value), COLOURS[0])
    return jsonify({"key": key, "value": wanted, "color": colour, "renamed_workflow_count": len(changed)})


@blueprint.delete("/v1/tag-values/<key>")
@blueprint.delete("/api/v1/tag-values/<key>", endpoint="delete_tag_value_legacy")
def delete_tag_value(key: str) -> ResponseReturnValue:
    world = the_world()
    value = _text(json_body(), "value")
    if (key, value) not in world.tag_colours and not carriers(world, key, value):
        raise Refusal(404, f"Tag value '{key}:{value}' not found")
    told = {"key": key, "value": value} | _removed(key, value)
    world.tag_colours.pop((key, value), None)
    return jsonify(told)


def _removed(key: str, value: str | None) -> dict[str, int]:
    world = the_world()
    touched = carriers(world, key, value)
    for wpid in touched:
        world.workflow_tags[wpid] = [tag for tag in world.workflow_tags[wpid]
                                     if tag.key != key or value not in (None, tag.value)]
    return {"removed_from_workflow_count": len(touched), "removed_from_run_count": 0, "removed_count": len(touched)}


def _key(key: str) -> dict[str, Any]:
    world = the_world()
    return {"key": key, "description": world.tag_keys[key], "workflow_count": len(carriers(world, key))}


def _value(key: str, value: str) -> dict[str, Any]:
    world = the_world()
    return {"key": key, "value": value, "color": world.tag_colours[key, value],
            "workflow_count": len(carriers(world, key, value))}


def _find_key(key: str) -> None:
    try:
        check_key(key, ("path", "key"))
    except Refusal as refusal:
        raise Refusal(400, refusal.detail[0]["msg"].removeprefix("Value error, ")) from None
    if key not in the_world().tag_keys:
        raise Refusal(404, f"Tag key '{key}' not found")


def _text(body: dict[str, Any], name: str) -> str:
    given = body.get(name)
    text = given.strip() if isinstance(given, str) else ""
    if not text:
        raise _wrong(name, "tag value is required" if isinstance(given, str) else "tag value must be a string", given)
    if len(text) > LONGEST:
        raise _wrong(name, f"tag values must be at most {LONGEST} characters", given)
    if "," in text:
        raise _wrong(name, "tag values must not contain ','", given)
    return text


def _refuse_star(value: str) -> None:
    if value == "*":
        raise _wrong("value", "grouped tag values must not be exactly '*' (reserved as the group filter wildcard)",
                     value)


def _colour(given: Any) -> str:
    name = given.strip().lower() if isinstance(given, str) else ""
    if name not in COLOURS:
        words = f"tag color must be one of: {', '.join(COLOURS)}" if isinstance(given, str) else \
            "tag color must be a string"
        raise _wrong("color", words, given)
    return name


def _wrong(name: str | None, words: str, given: Any) -> Refusal:
    where = ("body", name) if name else ("body",)
    return invalid(where, "value_error", f"Value error, {words}", given, error={})
