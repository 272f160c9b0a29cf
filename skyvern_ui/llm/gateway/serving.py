"""A service's call to a model, from the key to the books: who, what, held, sent, answered, settled."""

from __future__ import annotations

from flask import Flask, Response, current_app

from ...diagnosis.diagnosis import Reply
from ...request import request_id, settings
from ...services.credits.faults import Duplicate
from ...services.door import Refused, caller
from ...services.keys.rules import Caller
from ...services.refusals.noting import note
from ...services.turned_away import refused as turned_away
from ...skyvern.errors import Blocked, Busy, SkyvernError, TimedOut
from ..troubles import trouble_of
from .answering import answer_with
from .asking import Asked, read_request, told_of_request
from .bodies import BadBody, Kind
from .charging import Charging
from .credentials import Credential, credential_of
from .envelope import refusal, say_credits
from .kept_rules import find_kept
from .sending import Sent, Unanswered, send


def serve(kind: Kind) -> Response:
    """Answers one call. A refusal costs nothing, reaches no model and says why in OpenAI's shape."""
    credential, asked = None, None
    try:
        who = caller(kind.scope)
        credential = credential_of(who.org_id)
        asked = read_request(kind, who, credential)
        charging = _held(asked, who, credential)
    except BadBody as error:
        return turn_away(Refused(error.status, error.code, error.sentence, param=error.param), credential)
    except Refused as refused:
        return turn_away(refused, credential)
    except Duplicate as error:
        assert asked is not None and credential is not None
        return _again(error, asked, credential)
    try:
        sent = _sent(asked, credential, charging)
        credential.works()
        return answer_with(sent, asked, credential, charging)
    except Refused as refused:
        return say_credits(refusal(refused), 0, charging.pool, charging.byok)
    except BaseException:
        charging.release("gateway_error")  # harmless where the charge has ended
        raise


def turn_away(refused: Refused, credential: Credential | None = None) -> Response:
    """A call for which nothing was held: counted and told."""
    note(refused)
    return say_credits(refusal(refused), 0, None, credential is not None and credential.byok)


def _held(asked: Asked, who: Caller, credential: Credential) -> Charging:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return Charging(app, who, asked.kind.endpoint, asked.model, byok=credential.byok,
                    idempotency_key=asked.idempotency_key, fingerprint=asked.fingerprint, units_at_most=asked.images,
                    details=told_of_request(asked.stream))


def _again(error: Duplicate, asked: Asked, credential: Credential) -> Response:
    """The same idempotency key again: the answer of the first call, if it is kept, and nothing is made or charged."""
    charge = error.charge
    kept = find_kept(charge.id) if charge.state == "settled" and charge.fingerprint == asked.fingerprint else None
    if kept is None:
        return turn_away(turned_away(error, asked.fingerprint), credential)
    response = Response(kept.body, kept.status, mimetype=kept.mimetype)
    response.headers["Idempotent-Replayed"] = "true"
    return say_credits(response, 0, None, charge.byok)


def _sent(asked: Asked, credential: Credential, charging: Charging) -> Sent:
    """The answer, once it is a good one; else the charge is released. Raises Refused."""
    sent, said = _asked_once(asked, asked.body, credential, charging)
    if said is not None and asked.body != asked.plain and not asked.wants_usage and _minds_usage(said):
        sent, said = _asked_once(asked, asked.plain, credential, charging)  # it refused before it did anything
    if said is None:
        return sent
    told = credential.tell(said, asked.named_model)
    charging.release(f"upstream_{sent.status}", reason=told.reason, upstream_status=sent.status)
    raise told.refused


def _asked_once(asked: Asked, body: bytes, credential: Credential, charging: Charging) -> tuple[Sent, Reply | None]:
    """What came, and what it said where that is not good news."""
    try:
        sent = send(current_app.extensions["pools"], settings(), credential, asked.kind, body, request_id())
    except Unanswered as unanswered:
        error = unanswered.error
        refused, reason = _trouble(error, asked, credential)
        outcome = "upstream_timeout" if isinstance(error, TimedOut) else refused.code
        charging.release(outcome, reason=reason, **({"uncertain": True} if unanswered.was_sent else {}))
        raise refused from unanswered
    return sent, None if 200 <= sent.status < 300 else sent.said()


def _trouble(error: SkyvernError, asked: Asked, credential: Credential) -> tuple[Refused, str]:
    """Why no answer came, for the caller and for the books."""
    if isinstance(error, Busy):
        return Refused(503, "gateway_busy", "Too many calls to models are under way here. Try again in a moment.",
                       "server_error", headers={"Retry-After": "1"}), "busy"
    if isinstance(error, Blocked):
        return Refused(403, "byok_address_not_allowed", "The address of this organisation's own provider leads inside "
                       "this server's network, so nothing was sent.", "permission_error"), "blocked"
    told = credential.tell(Reply(None, host=credential.upstream.host, trouble=trouble_of(error), asked=asked.kind.name))
    return told.refused, told.reason


def _minds_usage(said: Reply) -> bool:
    """Some servers do not know `stream_options`."""
    return said.status in (400, 422) and b"stream_options" in said.body
