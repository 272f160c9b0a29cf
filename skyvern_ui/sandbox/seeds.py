"""What the sandbox holds at first contact, so that no page is empty."""

from __future__ import annotations

from typing import Any

from skyvern_ui.sandbox.definitions import write_workflow
from skyvern_ui.sandbox.shapes import shape
from skyvern_ui.sandbox.world import World

HOUR = 3600.0
SHOP = "https://shop.example/"
WORKFLOWS: tuple[dict[str, Any], ...] = (
    {"title": "Order a reading lamp", "description": "Finds the lamp, fills the basket, sends the order.", "blocks": [
        {"block_type": "goto_url", "label": "open_shop", "url": SHOP},
        {"block_type": "navigation", "label": "order", "navigation_goal": "Order the reading lamp", "url": None},
        {"block_type": "extraction", "label": "read_number", "data_extraction_goal": "The order number"}]},
    {"title": "Collect the month's invoices", "description": "Signs in and downloads each invoice.", "blocks": [
        {"block_type": "login", "label": "sign_in", "url": SHOP},
        {"block_type": "file_download", "label": "download", "navigation_goal": "Download every invoice"}]},
    {"title": "Ask before paying", "description": "Waits for a person before the order is sent.", "blocks": [
        {"block_type": "goto_url", "label": "open_basket", "url": f"{SHOP}basket"},
        {"block_type": "human_interaction", "label": "approve", "instructions": "May this order be paid?",
         "positive_descriptor": "Pay", "negative_descriptor": "Stop", "recipients": ["ada@example.com"]},
        {"block_type": "wait", "label": "settle", "wait_sec": 2}]},
)
TASKS = (  # hours ago, prompt
    (71.0, "Find the cheapest desk lamp and read its price"),
    (50.5, "Compare the delivery times of three floor lamps"),
    (47.0, "Read the opening hours of the shop [fail]"),
    (26.0, "Order one night light to 12 Garden Lane"),
    (3.2, "Check whether the reading lamp is in stock"),
    (0.4, "Order the reading lamp"),
)


def plant(world: World) -> None:
    """Three workflows and some days of runs, all of them over."""
    now = world.clock()
    workflows = [write_workflow(world, {"title": seed["title"], "description": seed["description"],
                                        "workflow_definition": {"parameters": [], "blocks": seed["blocks"]}})
                 for seed in WORKFLOWS]
    for hours, prompt in TASKS:
        world.start(prefix="tsk", kind="task_v1", prompt=prompt, url=SHOP, title=None, trigger="manual",
                    request=shape("task_request", prompt=prompt, url=SHOP), created=now - hours * HOUR)
    for hours, workflow, words in ((60.0, workflows[0], ""), (30.0, workflows[1], "[fail]"), (5.0, workflows[0], "")):
        wish = shape("workflow_request", workflow_id=workflow["workflow_permanent_id"], title=workflow["title"],
                     parameters={})
        world.start(prefix="wr", kind="workflow_run", prompt=words, url=None, title=workflow["title"],
                    workflow=workflow, trigger="scheduled", request=wish, created=now - hours * HOUR)
