"""Why calls of services came to nothing: each code of a refusal, each way a call can end, in words for the admin."""

from __future__ import annotations

import re
from typing import NamedTuple


class Reason(NamedTuple):
    """What happened, and what whoever runs this place can do about it."""

    title: str
    fix: str


_KEY = "Give the program a key that is alive, from the service's page."
_PROGRAM = "The program must be changed: its maker reads the exact reason in the answer."
_MODEL = "Ask the doctor how the model is."
REASONS = {
    "insufficient_credits": Reason("The pool was empty, or held too little for the call.",
                                   "Give the service credits, or let its pool fill itself."),
    "key_limit": Reason("The key has spent what it may.", "Raise the cap of the key, or give another one."),
    "budget_exhausted": Reason("The budget of the day or month is used up.",
                               "Raise the budget, or wait for the next day or month."),
    "quota_exhausted": Reason("The calls of the day or month are used up.",
                              "Raise the quota, or wait for the next day or month."),
    "too_fast": Reason("The key called more often than it may in a minute.",
                       "Let the program slow down, or raise the pace of the key."),
    "client_too_slow": Reason("The program sent its request too slowly.",
                              "Look at the network between the program and this server."),
    "too_many_ids": Reason("One call named too many runs, sessions and uploads.",
                           "The program must be changed: it asks for fewer at once."),
    "too_many_at_once": Reason("The key had as many calls under way as it may.",
                               "Let the program wait for its calls, or allow more at once."),
    "key_missing": Reason("No key was sent.", "The program sends Authorization: Bearer, and a key of its service."),
    "key_mistyped": Reason("The key was mistyped.", "Copy it again into the program's settings, whole."),
    "key_unknown": Reason("The key is not known here.", _KEY),
    "key_revoked": Reason("The key was ended.", _KEY),
    "key_expired": Reason("The key has run out.", _KEY),
    "key_ambiguous": Reason("Two keys were sent at once.", "The program sends its key in one header, once."),
    "key_in_address": Reason("A key was part of an address, where logs keep it.",
                             "End that key and give a new one: it may be known to others."),
    "key_beside_session": Reason("A key came together with a person's session.",
                                 "Programs send their key and no cookies."),
    "service_suspended": Reason("The service is suspended.", "Let it call again on its page, if it should."),
    "too_many_bad_keys": Reason("Too many wrong keys came from one address.",
                                "If it is a program of yours, look at its key; else somebody is guessing."),
    "address_not_allowed": Reason("The key was used from an address that is not on its list.",
                                  "Add the address to the key, or end the key if it was stolen."),
    "scope_not_allowed": Reason("The key may not do this.", "Give the key the right it needs, if it should have it."),
    "model_not_allowed": Reason("The key may not use this model.", "Add the model to the key, if it should use it."),
    "not_priced": Reason("The route, or the model, has no price and is closed.", "Set a price, and it is open."),
    "ledger_unavailable": Reason("The books could not be written, so no call was made.",
                                 "Look at the database: the doctor knows more."),
    "no_model": Reason("No model is connected here.", "Set its address (LLM_UPSTREAM_URL), and ask the doctor."),
    "idempotency_key_reused": Reason("An Idempotency-Key was used for two different requests.", _PROGRAM),
    "in_progress": Reason("The same call was still under way.", "Nothing: it was made once, as it should be."),
    "already_completed": Reason("The same call had been made already.", "Nothing: it was charged once."),
    "field_not_allowed": Reason("A field was sent that is not allowed.", _PROGRAM),
    "upstream_refused_key": Reason("The model did not accept this server's key.", _MODEL),
    "upstream_quota": Reason("The account at the model's provider is out of credit.", "Top it up at the provider."),
    "upstream_busy": Reason("The model was asked too often.", "Let the programs slow down, or raise the limit there."),
    "upstream_unreachable": Reason("The model could not be reached.", _MODEL),
    "upstream_timeout": Reason("The model took too long to answer.", _MODEL),
    "upstream_misconfigured": Reason("The model's address leads on to another one.",
                                     "Set the address that answers by itself, and ask the doctor."),
    "upstream_broken": Reason("The model's answer broke off.", _MODEL),
    "upstream_failed": Reason("The model failed.", _MODEL),
    "upstream_garbage": Reason("The model's server answered with something else than JSON.", _MODEL),
    "upstream_rejected": Reason("The model did not accept the request.", _PROGRAM),
    "upstream_leak": Reason("The model's answer held a secret and was withheld.", _MODEL),
    "no_images": Reason("The provider cannot make images.", "Price a model for images that can, and close the others."),
    "byok_key_rejected": Reason("The service's own provider key was rejected.",
                                "Save a new one on its page, or remove it to use the shared model."),
    "byok_quota": Reason("The service's own account at its provider is out of credit.",
                         "Tell whoever runs the service to top it up there."),
    "byok_address_not_allowed": Reason("The service's own provider leads to an address inside this network.",
                                       "Correct its base URL on the service's page."),
    "byok_unreadable": Reason("The service's own provider key cannot be read here.",
                              "Enter it again on the service's page: the secret of this server was changed."),
    "gateway_busy": Reason("Too many calls to models were under way here.", "Let the programs slow down, or run more "
                           "workers."),
    "already_started": Reason("The same call had started a run already.", "Nothing: it runs once."),
    "not_found": Reason("What was asked for is not there, or belongs to another service.",
                        "Nothing, unless the program should own it: then look at which key it used."),
    "never_sent": Reason("The process died before the call was sent.", "Nothing: what it held was given back."),
    "never_happened": Reason("The call did not happen, as Skyvern says.", "Nothing: what it held was given back."),
    "said_by_admin": Reason("An admin said that it did not happen.", "Nothing: what it held was given back."),
    "empty_answer": Reason("The model's answer brought nothing.", _MODEL),
    "upstream_error": Reason("The model said in its stream that it failed.", _MODEL),
    "garbage": Reason("The model's server answered with something else than JSON.", _MODEL),
    "empty_stream": Reason("The model's stream brought nothing.", _MODEL),
    "gateway_error": Reason("Something broke here during the call.", "The log has more, under the request's id."),
    "lost": Reason("The process that made the call died.", "Nothing: what it held was given back."),
}
_BY_STATUS = {
    400: REASONS["upstream_rejected"], 401: REASONS["upstream_refused_key"], 403: REASONS["upstream_refused_key"],
    404: Reason("The model, or its route, does not exist at the provider.", "Look at the model's name."),
    405: REASONS["no_images"], 413: REASONS["upstream_rejected"], 422: REASONS["upstream_rejected"],
    402: REASONS["upstream_quota"], 429: REASONS["upstream_busy"],
}
ENDS = {
    "done": "Done", "broken_answer": "The answer broke off, after the model had worked",
    "cut_off": "The stream was cut off, after it had begun", "late": "Ended late, after it was given up",
    "said_by_admin": "Ended by an admin, who said whether it happened", "unknown": "Ended; nobody knows how",
    None: "Under way",
}


def reason_of(code: str) -> Reason:
    """The words for a code of a refusal, or for the outcome of a call that cost nothing."""
    if code in REASONS:
        return REASONS[code]
    status = re.fullmatch(r"(?:upstream|skyvern)_(\d{3})", code)
    if status and code.startswith("upstream"):
        return _BY_STATUS.get(int(status[1]), REASONS["upstream_failed"])
    if status:
        return Reason(f"Skyvern refused it ({status[1]}).", "The audit log has each of these calls.")
    if code.startswith(("invalid_", "missing_required", "bad_", "unsupported_", "too_large")):
        return Reason("The request was not as it must be.", _PROGRAM)
    return Reason(code[:1].upper() + code[1:].replace("_", " ") + ".", "")


def end_of(outcome: str | None) -> str:
    """How a call ended, in a few words."""
    return ENDS[outcome] if outcome in ENDS else reason_of(outcome or "").title.rstrip(".")
