"""What the sandbox holds at first contact, so that no page is empty: days of runs, and some that wait."""

from __future__ import annotations

from typing import Any

from skyvern_ui.sandbox.definitions import write_workflow
from skyvern_ui.sandbox.examples import ASK, CHECK_STOCK, INVOICES, ORDER, SHOP, compare_lamps
from skyvern_ui.sandbox.shapes import moment, shape
from skyvern_ui.sandbox.starting import begin_task, begin_workflow
from skyvern_ui.sandbox.tags import Tag
from skyvern_ui.sandbox.workflow_tags import register
from skyvern_ui.sandbox.world import World

HOUR, MINUTE = 3600.0, 60.0
TASKS: tuple[tuple[float, str, dict[str, Any]], ...] = (  # hours ago, prompt, more of the request
    (71.0, "Find the cheapest desk lamp and read its price", {}),
    (50.5, "Compare the delivery times of three floor lamps", {}),
    (47.0, "Read the opening hours of the shop [fail]", {}),
    (26.0, "Order one night light to 12 Garden Lane", {"error_code_mapping": {"OUT_OF_STOCK": "No lamp is left"}}),
    (22.0, "Find a lamp for the terrace [model]", {}),
    (7.5, "Order the last floor lamp [error]", {"error_code_mapping": {"OUT_OF_STOCK": "No lamp is left"}}),
    (6.0, "Find the three best reviewed lamps and say why [cost]", {"engine": "skyvern-2.0"}),
    (3.2, "Check whether the reading lamp is in stock", {}),
    (0.4, "Order the reading lamp", {}),
    (0.05, "Sign in and read the last order [totp]", {"totp_identifier": "ada@example.com"}),
)


def plant(world: World) -> None:
    """The workflows, and their runs and tasks of the last days."""
    order, invoices, ask, stock = (write_workflow(world, seed) for seed in (ORDER, INVOICES, ASK, CHECK_STOCK))
    compare = write_workflow(world, compare_lamps(stock["workflow_permanent_id"]))
    file_away(world, order, stock, invoices)
    now = world.clock()
    for hours, prompt, more in TASKS:
        v2 = more.get("engine") == "skyvern-2.0"
        begin_task(world, shape("task_request", prompt=prompt, url=SHOP, **more), "task_v2" if v2 else "task_v1",
                   "tsk_v2" if v2 else "tsk", trigger="manual", created=now - hours * HOUR, seconds=40.0)
    for hours, workflow, words in ((60.0, order, ""), (30.0, invoices, "[fail]"), (5.0, order, ""),
                                   (2.0, invoices, "[model]"), (1.5, compare, "[cost]"), (0.2, ask, "")):
        wish = shape("workflow_request", workflow_id=workflow["workflow_permanent_id"], parameters={},
                     title=workflow["title"])
        when = now - hours * HOUR
        begin_workflow(world, workflow, wish, words=words, trigger="scheduled" if hours > 2 else "manual",
                       created=when, seconds=2 * MINUTE, tags=[Tag("team", "lamps", when, world.person)])


def file_away(world: World, *workflows: dict[str, Any]) -> None:
    """A folder with these workflows, and labels on them."""
    when = moment(world.clock())
    world.folders["fld_500000000000000001"] = {
        "folder_id": "fld_500000000000000001", "organization_id": world.organization_id, "title": "Shop",
        "description": "Everything around the lamp shop", "created_at": when, "modified_at": when}
    for workflow, area in zip(workflows, ("orders", "orders", "finance"), strict=True):
        workflow["folder_id"] = "fld_500000000000000001"
        world.workflow_tags[workflow["workflow_permanent_id"]] = [
            Tag("area", area, world.clock(), world.person), Tag(None, "checked", world.clock(), world.person)]
    for area, colour in (("orders", "blue"), ("finance", "green")):
        register(world, "area", area, colour)


def crowd(world: World, count: int) -> None:
    """So many finished runs, a minute apart, before all others: tasks and workflow runs, some of them failed."""
    now = world.clock() - 72 * HOUR
    workflow = write_workflow(world, ORDER | {"title": "Order many lamps"})
    wish = shape("workflow_request", workflow_id=workflow["workflow_permanent_id"], parameters={})
    task = shape("task_request", url=SHOP)
    for n in range(count, 0, -1):
        words = " [fail]" if n % 7 == 0 else " [model]" if n % 31 == 0 else ""
        prompt = f"Order lamp number {n}{words}"
        if n % 3:
            world.start(prefix="tsk", kind="task_v1", prompt=prompt, url=SHOP, title=None, trigger="api",
                        request=task, created=now - n * MINUTE)
        else:
            world.start(prefix="wr", kind="workflow_run", prompt=prompt, url=None, title=prompt, workflow=workflow,
                        trigger="scheduled", request=wish, created=now - n * MINUTE)
