"""What the scripted model says: done, not yet, or one of the refusals that providers are known for."""

from __future__ import annotations

import json
import re
from typing import Any

REFUSALS: dict[str, tuple[int, dict[str, Any]]] = {
    "quota": (429, {"error": {"message": "余额不足或无可用资源包,请充值", "code": "1113"}}),
    "unknown_model": (400, {"error": {"message": "模型不存在,请检查模型代码", "code": "1211"}}),
    "free_tier": (403, {"error": {"message": "The free tier of the model has been exhausted. If you wish to continue "
                                             "access the model on a paid basis, please disable the \"use free tier "
                                             "only\" mode in the management console.",
                                  "type": "AllocationQuota.FreeTierOnly", "code": "AllocationQuota.FreeTierOnly"}}),
    "method": (405, {"error": {"message": "Method Not Allowed", "code": "method_not_allowed"}}),
    "wrong_key": (401, {"error": {"message": "Incorrect API key provided.", "type": "invalid_request_error",
                                  "param": None, "code": "invalid_api_key"}}),
    "balance": (402, {"error": {"message": "Insufficient Balance", "type": "unknown_error", "param": None,
                                "code": "invalid_request_error"}}),
}
TEXT_ONLY: tuple[int, dict[str, Any]] = (
    400, {"error": {"message": "Invalid content type. image_url is only supported by certain models.",
                    "type": "invalid_request_error", "param": "messages.[0].content.[1].type", "code": None}})


def echo(authorization: str) -> tuple[int, dict[str, Any]]:
    """A provider that sends back the key it was given."""
    key = authorization.removeprefix("Bearer ")
    return 401, {"error": {"message": f"Incorrect API key provided: {key}. Find yours in your account settings.",
                           "type": "invalid_request_error", "param": None, "code": "invalid_api_key"}}


def loopback_url(wish: dict[str, Any]) -> str:
    """The first page on this machine that the question speaks of; somebody may want to know where to begin."""
    found = re.search(r"http://127\.0\.0\.1:\d+[^\s\"'`<>\\]*", json.dumps(wish.get("messages", "")))
    return found[0].rstrip(".,;:)") if found else ""


def complete(output: dict[str, Any] | None = None, url: str = "") -> dict[str, Any]:
    """The goal is reached; `output` is what was found, `url` where the work begins."""
    found = output or {"answer": "scripted"}
    return ({"url": url} if url else {}) | {
        "user_goal_achieved": True, "user_goal_stage": "done", "action_plan": "Nothing is left to do.",
        "page_info": "The page shows what was asked for.", "thoughts": "The goal is reached.",
        "verification_code_reasoning": "No code is needed.", "place_to_enter_verification_code": False,
        "should_enter_verification_code": False, "should_verify_by_magic_link": False,
        "title": "A scripted title", "output": found, "extracted_information": found,
        "actions": [{"action_type": "COMPLETE", "reasoning": "The page shows the goal.", "id": None,
                     "confidence_float": 1.0, "user_detail_query": "Is it done?", "user_detail_answer": "Yes"}],
    }


def still_working(reason: str = "The page is still loading.") -> dict[str, Any]:
    """One more look at the page, and why."""
    return {
        "user_goal_achieved": False, "user_goal_stage": "under way", "action_plan": "Look at the page again.",
        "page_info": "The page is still changing.", "thoughts": "Not there yet.",
        "verification_code_reasoning": "No code is needed.", "place_to_enter_verification_code": False,
        "should_enter_verification_code": False, "should_verify_by_magic_link": False,
        "should_terminate": False, "plan": "Look at the offers.", "task_type": "navigate",  # for a planning task
        "actions": [{"action_type": "RELOAD_PAGE", "reasoning": reason, "id": None,
                     "confidence_float": 0.9, "user_detail_query": "Is it ready?", "user_detail_answer": "No"}],
    }
