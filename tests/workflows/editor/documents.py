"""Workflows to edit: a small one, one with a loop and branches, and ones of many blocks."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def way(expression: str | None, following: str | None) -> Json:
    """A branch; without an expression the default one."""
    criteria = {"criteria_type": "jinja2_template", "expression": expression} if expression else None
    return {"criteria": criteria, "is_default": criteria is None, "next_block_label": following}


def document(*blocks: Json, title: str = "Order lamps", **parameters: Any) -> Json:
    declared = [{"parameter_type": "workflow", "workflow_parameter_type": "string", "key": key, "default_value": value}
                for key, value in parameters.items()]
    return {"title": title, "workflow_definition": {"parameters": declared, "blocks": list(blocks)}}


def goto(label: str, **more: Any) -> Json:
    return {"block_type": "goto_url", "label": label, "url": "https://shop.example/", **more}


def small() -> Json:
    """Three blocks in a row and one input."""
    return document(
        goto("open_shop"),
        {"block_type": "navigation", "label": "order", "navigation_goal": "Order {{ lamp }}",
         "parameter_keys": ["lamp"]},
        {"block_type": "wait", "label": "rest", "wait_sec": 5}, lamp="Alva")


def nested() -> Json:
    """A loop, then a conditional with two ways that meet again."""
    return document(
        goto("open_shop", next_block_label="each_lamp"),
        {"block_type": "for_loop", "label": "each_lamp", "loop_variable_reference": "{{ lamps }}",
         "next_block_label": "is_cheap", "loop_blocks": [
             goto("open_lamp", next_block_label="read_lamp"),
             {"block_type": "extraction", "label": "read_lamp", "data_extraction_goal": "The price"}]},
        {"block_type": "conditional", "label": "is_cheap", "next_block_label": "finish", "branch_conditions": [
            way("{{ read_lamp_output.price < 50 }}", "buy"), way(None, "leave")]},
        {"block_type": "navigation", "label": "buy", "navigation_goal": "Buy it", "next_block_label": "finish"},
        {"block_type": "wait", "label": "leave", "wait_sec": 3, "next_block_label": "finish"},
        {"block_type": "wait", "label": "finish", "wait_sec": 1}, lamps="Alva, Brisa")


def many(count: int) -> Json:
    """So many blocks, of several types."""
    kinds = (
        lambda number: goto(f"open_{number}", url=f"https://shop.example/{number}"),
        lambda number: {"block_type": "navigation", "label": f"order_{number}",
                        "navigation_goal": f"Order lamp {number}"},
        lambda number: {"block_type": "extraction", "label": f"read_{number}",
                        "data_extraction_goal": f"Price {number}"},
        lambda number: {"block_type": "wait", "label": f"rest_{number}", "wait_sec": 1 + number % 9},
    )
    return document(*(kinds[number % len(kinds)](number) for number in range(count)), title=f"{count} blocks",
                    lamp="Alva")
