"""The models that a key may use here: what the model's server lists, less what is not open to it. Free."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify
from sqlalchemy import select

from ...diagnosis.diagnosis import Reply
from ...extensions import db
from ...models.charge import Price
from ...request import settings
from ...services.credits.endpoints import ENDPOINTS
from ...services.credits.price_rules import ANY, tariff_of
from ...services.door import Refused, caller
from ..answer import is_model_list
from ..byok.asking import Refusal, ask_for_models
from ..client import list_models
from .credentials import Credential, credential_of
from .envelope import say_credits
from .serving import turn_away

MOST, LONGEST = 5000, 256
OF_MODELS = tuple(each.path for each in ENDPOINTS if each.has_models)


def serve_models() -> Response:
    """OpenAI's shape of a list."""
    credential = None
    try:
        who = caller("llm:models")
        credential = credential_of(who.org_id)
        rows = _rows(credential)
    except Refused as refused:
        return turn_away(refused, credential)
    wanted = set(who.rights.models)
    priced = None if credential.byok else Priced()
    open_to = [row for row in rows if (not wanted or row["id"] in wanted) and (priced is None or priced.has(row["id"]))]
    return say_credits(jsonify(object="list", data=open_to), 0, None, credential.byok)


class Priced:
    """Which models have a price: one of their own, or that of any model, on at least one route."""

    def __init__(self) -> None:
        named = db.session.execute(select(Price.endpoint, Price.model).where(
            Price.endpoint.in_(OF_MODELS), Price.model != ANY).distinct()).all()
        self._open_to_any = {path for path in OF_MODELS if tariff_of(path) is not None}
        self._own: dict[str, dict[str, bool]] = {}
        for path, model in named:
            self._own.setdefault(model, {})[path] = tariff_of(path, model) is not None
        db.session.remove()

    def has(self, model: str) -> bool:
        own = self._own.get(model, {})
        return any(own.get(path, path in self._open_to_any) for path in OF_MODELS)


def _rows(credential: Credential) -> list[dict[str, Any]]:
    if credential.byok:
        try:
            value = ask_for_models(settings(), credential.upstream)
        except Refusal as error:
            raise credential.tell(error.reply).refused from error
    else:
        answer = list_models(credential.upstream)
        if not (answer.is_good and is_model_list(answer.value)):
            raise credential.tell(answer.reply if not answer.is_good else Reply(404, b"", {}, answer.reply.host,
                                                                               asked="models")).refused
        value = answer.value or {}
    found = value.get("data", value.get("models")) or []
    key = credential.upstream.key
    return [_row(each) for each in found[:MOST] if isinstance(each, dict) and isinstance(each.get("id"), str)
            and 0 < len(each["id"]) <= LONGEST and not (key and key in each["id"])]


def _row(said: dict[str, Any]) -> dict[str, Any]:
    created, owner = said.get("created"), said.get("owned_by")
    return {"id": said["id"], "object": "model", "created": created if type(created) is int and created >= 0 else 0,
            "owned_by": owner[:100] if isinstance(owner, str) else "upstream"}
