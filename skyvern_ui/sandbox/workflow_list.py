"""Which workflows a list shows, and which of them are templates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from skyvern_ui.sandbox.bodies import the_world
from skyvern_ui.sandbox.refusals import Refusal, invalid, not_one_of, whole_number
from skyvern_ui.sandbox.tags import carries, read_terms
from skyvern_ui.sandbox.world import World

blueprint = Blueprint("workflow_list", __name__)
STATUSES = ("published", "draft", "auto_generated", "importing", "import_failed")
TRUE, FALSE = ("true", "1", "yes", "on", "t", "y"), ("false", "0", "no", "off", "f", "n")


@blueprint.put("/v1/workflows/<wpid>/template")
def set_template(wpid: str) -> ResponseReturnValue:
    world = the_world()
    if "is_template" not in request.args:
        raise invalid(("query", "is_template"), "missing", "Field required", None)
    wanted = _flag(request.args, "is_template")
    if wpid not in world.workflows or wpid in world.deleted:
        raise Refusal(404, f"Workflow not found. workflow_permanent_id={wpid}")
    (world.templates.add if wanted else world.templates.discard)(wpid)
    for version in world.workflows[wpid]:
        version["is_template"] = wanted
    return jsonify({"workflow_permanent_id": wpid, "is_template": wanted})


@blueprint.get("/api/v1/workflows/templates")
def list_templates() -> ResponseReturnValue:
    """The global templates: a self-hosted server has none."""
    return jsonify([])


def listed(world: World, asked: MultiDict[str, str]) -> list[dict[str, Any]]:
    """One page of `GET /workflows`: the newest version of each, the one made last first."""
    page = whole_number(("query", "page"), asked.get("page"), 1, None, 1)
    size = whole_number(("query", "page_size"), asked.get("page_size"), 1, None, 10)
    statuses = asked.getlist("status")
    for place, status in enumerate(statuses):
        if status not in STATUSES:
            raise not_one_of(("query", "status", place), STATUSES, status)
    terms = read_terms(asked.getlist("tags"))
    if _flag(asked, "template"):
        if terms:
            raise Refusal(400, "tags filter is not supported with template=true")
        return []
    saved, plain = _flag(asked, "only_saved_tasks"), _flag(asked, "only_workflows")
    if saved and plain:
        raise Refusal(400, "only_saved_tasks and only_workflows cannot be used together")
    words, folder = (asked.get("search_key") or asked.get("title") or "").lower(), asked.get("folder_id")
    found = [
        each for each in _latest(world)
        if each["status"] in (statuses or STATUSES[:2])
        and (not saved or each["is_saved_task"]) and (not plain or not each["is_saved_task"])
        and (not _flag(asked, "only_templates") or each["is_template"])
        and (not folder or each["folder_id"] == folder)
        and carries(world.workflow_tags.get(each["workflow_permanent_id"], []), terms)
        and (not words or any(words in text.lower() for text in _texts(world, each)))]
    found.sort(key=lambda each: str(each["version_made"]), reverse=True)
    page_of = found[(page - 1) * size:page * size]
    return [{key: value for key, value in each.items() if key != "version_made"} for each in page_of]


def _latest(world: World) -> Iterator[dict[str, Any]]:
    for wpid, versions in world.workflows.items():
        if wpid not in world.deleted:
            newest = versions[-1]
            # The real server sorts by when the newest version was made, which it does not show.
            yield newest | {"is_template": wpid in world.templates, "version_made": newest["workflow_id"],
                            "original_created_at": versions[0]["created_at"],
                            "original_created_by": versions[0]["created_by"]}


def _texts(world: World, workflow: dict[str, Any]) -> Iterator[str]:
    folder = world.folders.get(workflow["folder_id"] or "")
    yield from (workflow["title"], workflow["workflow_permanent_id"], folder["title"] if folder else "")
    for parameter in workflow["workflow_definition"].get("parameters") or []:
        yield from (str(parameter.get(name) or "") for name in ("key", "description", "default_value"))


def _flag(asked: MultiDict[str, str], name: str) -> bool:
    given = asked.get(name)
    if given is None or given.lower() in FALSE:
        return False
    if given.lower() not in TRUE:
        raise invalid(("query", name), "bool_parsing", "Input should be a valid boolean, unable to interpret input",
                      given)
    return True
