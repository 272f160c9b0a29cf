"""The workflows that the sandbox knows from the start, as a client would send them."""

from __future__ import annotations

from typing import Any

SHOP = "https://shop.example/"
LAMPS = ["Alva", "Brisa", "Corvo"]


def workflow(title: str, description: str, blocks: list[dict[str, Any]], **parameters: Any) -> dict[str, Any]:
    """A workflow as `json_definition` has it; each parameter with its value by default."""
    declared = [{"parameter_type": "workflow", "key": key, "default_value": value, "description": None,
                 "workflow_parameter_type": "string" if isinstance(value, str) else "json"}
                for key, value in parameters.items()]
    return {"title": title, "description": description,
            "workflow_definition": {"parameters": declared, "blocks": blocks}}


def condition(expression: str, following: str) -> dict[str, Any]:
    return {"criteria": {"criteria_type": "jinja2_template", "expression": expression, "description": None},
            "next_block_label": following, "description": following, "is_default": False}


ORDER = workflow("Order a reading lamp", "Finds the lamp, fills the basket, sends the order.", [
    {"block_type": "goto_url", "label": "open_shop", "url": SHOP},
    {"block_type": "navigation", "label": "order", "navigation_goal": "Order the reading lamp", "url": None},
    {"block_type": "extraction", "label": "read_number", "data_extraction_goal": "The order number"}])

INVOICES = workflow("Collect the month's invoices", "Signs in and downloads each invoice.", [
    {"block_type": "login", "label": "sign_in", "url": SHOP},
    {"block_type": "file_download", "label": "download", "navigation_goal": "Download every invoice"}])

ASK = workflow("Ask before paying", "Waits for a person before the order is sent.", [
    {"block_type": "goto_url", "label": "open_basket", "url": f"{SHOP}basket"},
    {"block_type": "human_interaction", "label": "approve", "instructions": "May this order be paid?",
     "positive_descriptor": "Pay", "negative_descriptor": "Stop", "timeout_seconds": 7200,
     "recipients": ["ada@example.com"], "subject": "An order waits", "body": "Please look at the order."},
    {"block_type": "wait", "label": "settle", "wait_sec": 2}])

CHECK_STOCK = workflow("Check the stock", "Opens the stock list and counts.", [
    {"block_type": "goto_url", "label": "open_stock", "url": f"{SHOP}stock"},
    {"block_type": "code", "label": "count", "code": "total = 6 * 7"}])


def compare_lamps(stock_workflow: str) -> dict[str, Any]:
    """The rich one: a loop, a branch, a block that fails and may, a run of another workflow, downloads and code."""
    return workflow("Compare three lamps", "Opens three lamps, chooses by size, asks the stock, compares.", [
        {"block_type": "for_loop", "label": "each_lamp", "loop_over_parameter_key": "lamps",
         "next_block_label": "choose", "loop_blocks": [
             {"block_type": "goto_url", "label": "open_lamp", "url": f"{SHOP}lamps", "next_block_label": "read_lamp"},
             {"block_type": "extraction", "label": "read_lamp", "data_extraction_goal": "Price and size of the lamp"}]},
        {"block_type": "conditional", "label": "choose", "branch_conditions": [
            condition("{{ size == 'large' }}", "look_at_large"), condition("{{ size == 'small' }}", "look_at_small"),
            {"next_block_label": "look_at_any", "is_default": True}]},
        {"block_type": "navigation", "label": "look_at_large", "navigation_goal": "Show the large lamps",
         "next_block_label": "read_reviews"},
        {"block_type": "navigation", "label": "look_at_small", "navigation_goal": "Show the small lamps",
         "next_block_label": "read_reviews"},
        {"block_type": "navigation", "label": "look_at_any", "navigation_goal": "Show all lamps",
         "next_block_label": "read_reviews"},
        {"block_type": "extraction", "label": "read_reviews", "data_extraction_goal": "The reviews [error]",
         "continue_on_failure": True, "next_block_label": "stock"},
        {"block_type": "workflow_trigger", "label": "stock", "workflow_permanent_id": stock_workflow, "payload": {},
         "wait_for_completion": True, "next_block_label": "save_sheets"},
        {"block_type": "file_download", "label": "save_sheets", "navigation_goal": "Download the data sheets",
         "next_block_label": "compare"},
        {"block_type": "code", "label": "compare", "code": "cheapest = min(prices, key=prices.get)"},
    ], lamps=LAMPS, size="small")
