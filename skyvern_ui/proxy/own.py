"""What a service may see through the door: its own runs, sessions, uploads and artifacts, and its rows of lists."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Response

from ..aside import aside_if_large
from ..headers import DATA_POLICY
from ..services.door import Refused
from ..services.keys.rules import Caller
from ..services.runs.owning_rules import count_of, ids_of, named_in, named_in_query, own_rows, owned
from ..services.runs.route_rules import OWNED
from ..skyvern.client import Skyvern
from ..skyvern.connection import Connection
from ..skyvern.errors import Broken, Missing
from .sending import Call, send

PAGE, MOST_BYTES, MOST_NAMED = 100, 16 * 1024 * 1024, 500
NOT_THERE = "There is no such thing, or it belongs to somebody else."


def check_owned(who: Caller, call: Call, body: Any, size: int = 0) -> None:
    """Raises Refused (404) when path, query or body name a run, session, upload or artifact that this organisation has
    not made; alike for what nobody has made. `size`: of the body, in bytes."""
    params = call.match.params
    ids = {value for name, value in params.items() if name in OWNED}
    ids |= named_in_query(call.query) | aside_if_large(size, named_in, body)
    if len(ids) > MOST_NAMED:
        raise Refused(422, "too_many_ids", f"One call may name at most {MOST_NAMED} runs, sessions and uploads.")
    if not ids <= owned(who.org_id, ids):
        raise Refused(404, "not_found", NOT_THERE)
    if artifact_id := params.get("artifact_id"):
        _check_artifact(who, call.connection, artifact_id)


def own_list(call: Call, who: Caller, pages: int) -> Response:
    """The page of a list that the service asks for, of its own rows only: the newest `pages` times a hundred of
    everybody's are looked through. `X-Rows-Looked-Through` says how many, when there are more."""
    asked = parse_qsl(call.query, keep_blank_values=True)
    page, size = (_number(asked, name, usual) for name, usual in (("page", 1), ("page_size", 10)))
    if pages == 1:
        page, size = 1, PAGE * PAGE
    rest = [(name, value) for name, value in asked if name not in ("page", "page_size")]
    all_of_them, found, seen = count_of(who.org_id), list[Any](), 0
    for number in range(1, pages + 1):
        paging = [("page", str(number)), ("page_size", str(PAGE))] if pages > 1 else []
        status, rows = _rows(Call(call.match, urlencode(rest + paging), call.connection))
        if not isinstance(rows, list) or status != 200:
            return _answer(rows, status)
        found += own_rows(who.org_id, rows)
        seen += len(rows)
        if len(rows) < PAGE or len(found) >= min(page * size, all_of_them):
            return _answer(found[(page - 1) * size:page * size], 200)
    answer = _answer(found[(page - 1) * size:page * size], 200)
    if pages > 1:
        answer.headers["X-Rows-Looked-Through"] = str(seen)
    return answer


def _check_artifact(who: Caller, there: Connection, artifact_id: str) -> None:
    try:
        told = Skyvern(there).get_artifact_document(artifact_id)
    except Missing as error:
        raise Refused(404, "not_found", NOT_THERE) from error
    if not owned(who.org_id, ids_of(told)):
        raise Refused(404, "not_found", NOT_THERE)


def _rows(call: Call) -> tuple[int, Any]:
    answer, scan = send(call)
    body = answer.read(MOST_BYTES)
    scan.check(body)
    try:
        return answer.status, json.loads(body) if body else None
    except (ValueError, RecursionError) as error:
        raise Broken from error


def _answer(rows: Any, status: int) -> Response:
    response = Response(json.dumps(rows, ensure_ascii=False), status, mimetype="application/json")
    response.headers["Content-Security-Policy"] = DATA_POLICY
    return response


def _number(asked: list[tuple[str, str]], name: str, usual: int) -> int:
    texts = [value for each, value in asked if each == name]
    if not texts:
        return usual
    if len(texts) > 1 or not (texts[0].isascii() and texts[0].isdigit() and 1 <= int(texts[0][:6]) <= PAGE):
        raise Refused(422, "invalid_value", f"{name} is one whole number from 1 to {PAGE}.", param=name)
    return int(texts[0][:6])
