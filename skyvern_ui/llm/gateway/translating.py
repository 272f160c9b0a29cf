"""What a model's server refused, as its caller is told: whose fault it is decides the status.

The cause comes from the one table of errors (`diagnosis.table`). What the operator must mend is 502: waiting or another
request would not help the caller. With the organisation's own provider key the same causes are the organisation's to
mend, and are 403. Nothing here is charged."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from ...diagnosis.diagnosis import Diagnosis, Reply
from ...diagnosis.excerpt import excerpt
from ...diagnosis.table import translate
from ...doctor.scrub import Scrub
from ...services.door import Refused

Group = Literal["key", "quota", "rate", "model", "size", "filter", "parameter", "picture", "set_up", "down"]
BY_GROUP: dict[Group, str] = {
    "key": "wrong_key zhipu_key gemini_key litellm_key_not_master litellm_no_key litellm_key_expired no_right region "
           "litellm_key_unknown litellm_no_right alibaba_no_right zhipu_account zhipu_fair_use firewall",
    "quota": "budget quota balance key_limit paid_balance free_tier zhipu_balance zhipu_window zhipu_plan_expired "
             "alibaba_free_tier alibaba_arrears gemini_no_free_quota",
    "rate": "rate_limit litellm_rate zhipu_rate zhipu_busy alibaba_rate gemini_rate",
    "model": "unknown_model litellm_model zhipu_model zhipu_plan_model litellm_no_prefix",
    "size": "too_large zhipu_too_large", "filter": "filtered zhipu_filter",
    "parameter": "parameter zhipu_parameter alibaba_thinking", "picture": "no_pictures picture_not_seen",
    "set_up": "wrong_method base_wrong base_doubled media_type redirected not_http unsendable "
              "not_configured",
    "down": "away overloaded broke_inside litellm_store_away litellm_no_deployment",
}
GROUPS = {code: group for group, codes in BY_GROUP.items() for code in codes.split()}
SAID: dict[Group, tuple[int, str, str, str]] = {  # status, code, type, sentence
    "key": (502, "upstream_refused_key", "server_error",
            "The model's provider does not accept this server's key. The operator must mend that."),
    "quota": (502, "upstream_quota", "server_error",
              "The operator's account at the model's provider is used up. Only the operator can mend that."),
    "rate": (429, "upstream_busy", "rate_limit_error", "The model is asked too often just now. Wait, then try again."),
    "model": (404, "model_not_found", "invalid_request_error",
              "There is no model of this name here. GET /api/v1/llm/models lists those there are."),
    "size": (400, "context_length_exceeded", "invalid_request_error",
             "This request is longer than the model can read."),
    "filter": (400, "content_filter", "invalid_request_error", "The provider's safety filter refused this request."),
    "parameter": (400, "unsupported_parameter", "invalid_request_error",
                  "The model does not take one of the parameters of this request."),
    "picture": (400, "no_pictures", "invalid_request_error", "This model cannot look at pictures."),
    "set_up": (502, "upstream_misconfigured", "server_error",
               "What answers at the model's address is not such an API. The operator must mend that."),
    "down": (502, "upstream_failed", "server_error", "The model's server failed. Try again later."),
}
NO_IMAGES = "This provider cannot make images. The call cost nothing. Name a model that makes images."
OWN_KEY = "The provider does not accept this organisation's own key. It was not charged, and no other key is used."
OWN_QUOTA = "The account of this organisation's own provider key is used up. No other key is used."
MOST_WAIT = 86_400


@dataclass(frozen=True, slots=True)
class Told:
    """What the caller is told, and `reason`, the table's code, for the books."""

    refused: Refused
    reason: str
    is_of_the_key: bool = False


def tell(reply: Reply, scrub: Scrub, *, byok: bool = False, named_model: bool = True) -> Told:
    """An answer of a model's server that is not good news. `named_model`: the caller chose the model, not we."""
    found = translate(reply)
    status = found.evidence.status or 0 if found else 0
    group = _group(found, status)
    makes_none = reply.asked == "image" and (status in (405, 501) or (status == 404 and group == "set_up"))
    if makes_none:
        return Told(Refused(502, "no_images", NO_IMAGES, "server_error", None, {"x-should-retry": "false"},
                            upstream=_original(found, reply, scrub)), "no_images")
    if group is None:
        return Told(_unknown(found, reply, scrub), found.code if found else "not_understood")
    code, (answer, name, kind, sentence) = found.code if found else "not_understood", SAID[group]
    param = None
    if byok and group in ("key", "quota"):
        name = "byok_key_rejected" if group == "key" else "byok_quota"
        answer, kind, sentence = 403, "permission_error", OWN_KEY if group == "key" else OWN_QUOTA
    elif group == "model":
        answer, name, kind, param = (answer, name, kind, "model") if named_model else (
            502, "upstream_misconfigured", "server_error", None)
    elif group == "parameter":
        sentence = f"{sentence} It says: {_words(found, scrub)}"
    headers = _wait(found, group)
    if (found is None or found.retry != "backoff") and answer != 429:
        headers["x-should-retry"] = "false"
    refused = Refused(answer, name, sentence, kind, param, headers, upstream=_original(found, reply, scrub))
    return Told(refused, code, byok and group == "key")


def _group(found: Diagnosis | None, status: int) -> Group | None:
    group = GROUPS.get(found.code) if found else None
    if group == "rate" and status >= 500:
        return "down"
    if group is None and status in (401, 402, 403):
        return "quota" if status == 402 else "key"
    if found is not None and found.code == "litellm_no_deployment" and status == 429:
        return "rate"
    return "rate" if group is None and status == 429 else group


def _unknown(found: Diagnosis | None, reply: Reply, scrub: Scrub) -> Refused:
    """Nobody knows these words: the status must do. No answer at all: what kept it from coming."""
    original, status = _original(found, reply, scrub), (found.evidence.status if found else None) or 0
    if reply.trouble == "timeout" or status in (408, 504, 522, 524) or (found is not None and found.code == "timeout"):
        return Refused(504, "upstream_timeout", "The model took too long to answer.", "server_error", upstream=original)
    if reply.trouble:
        broke = reply.trouble == "reset"
        lasting = {"x-should-retry": "false"} if reply.trouble in ("name", "tls") else {}
        return Refused(502, "upstream_broken" if broke else "upstream_unreachable",
                       "The connection to the model broke before its answer was complete." if broke else
                       "The model cannot be reached.", "server_error", None, lasting, upstream=original)
    if 400 <= status < 500:
        return Refused(status if status in (404, 422) else 400, "upstream_rejected",
                       f"The model did not accept this request. It says: {_words(found, scrub)}", upstream=original)
    return Refused(502, "upstream_failed", "The model's server failed. Try again later.", "server_error",
                   upstream=original)


def _wait(found: Diagnosis | None, group: Group) -> dict[str, str]:
    if found is not None and found.retry_at is not None:
        seconds = math.ceil((found.retry_at - datetime.now(UTC)).total_seconds())
        return {"Retry-After": str(min(max(seconds, 1), MOST_WAIT))}
    return {"Retry-After": "5"} if group == "rate" else {}


def _words(found: Diagnosis | None, scrub: Scrub) -> str:
    return excerpt(scrub.text(found.evidence.excerpt)) if found and found.evidence.excerpt else "nothing more."


def _original(found: Diagnosis | None, reply: Reply, scrub: Scrub) -> dict[str, Any]:
    """What the model's server said, without secrets and without tags, in a few words."""
    if found is None:
        return {"status": reply.status, "message": excerpt(scrub.text(reply.body[:4000].decode("utf-8", "replace")))}
    said = found.evidence
    told = {"status": said.status, "code": excerpt(scrub.text(said.upstream_code)) or None, "reason": found.code,
            "title": found.title, "message": excerpt(scrub.text(said.excerpt)) or None,
            "request_id": excerpt(scrub.text(said.request_id)) or None}
    return {name: value for name, value in told.items() if value is not None}
