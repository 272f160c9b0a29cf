from __future__ import annotations

from typing import Any

from flask import abort, flash, request

from ...access import find_organization
from ...guard import admin_only
from ...htmx import go_to
from ...request import actor
from ..blueprint import bp
from .question_rules import answer_question, open_questions


@bp.post("/<org_id>/questions/<charge_id>")
@admin_only
def create_answer(org_id: str, charge_id: str) -> Any:
    find_organization(org_id)
    happened = {"yes": True, "no": False}.get(request.form.get("happened", ""))
    if happened is None:
        abort(422, "Say whether it happened.")
    is_asked = any(each.org_id == org_id and each.charge_id == charge_id for each in open_questions())
    if is_asked and answer_question(charge_id, happened, actor()):
        flash("It is charged." if happened else "The credits are given back.", "ok")
    else:
        flash("This was answered already.", "ok")
    return go_to("services.show_service", org_id=org_id)
