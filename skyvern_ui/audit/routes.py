from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, render_template, request, stream_with_context
from werkzeug.datastructures import MultiDict
from wtforms.fields.choices import SelectChoice

from ..database import writing
from ..guard import admin_only
from ..request import actor
from . import record, rules
from .export import as_csv, as_json
from .forms import AuditFilterForm

bp = Blueprint("audit", __name__, url_prefix="/settings/audit")
KINDS = {"csv": ("text/csv", as_csv), "json": ("application/json", as_json)}


@bp.get("")
@admin_only
def list_audit() -> Any:
    form = _form()
    valid = form.validate()
    rows, following = rules.page(form.filters, rules.parse_key(request.args.get("after"))) if valid else ([], None)
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "after" and value]
    return render_template("audit/list.html", form=form, rows=rows, following=following, kept=MultiDict(kept),
                           filtered=bool(kept), paged=bool(request.args.get("after"))), 200 if valid else 422


@bp.get("/export.<kind>")
@admin_only
def export_audit(kind: str) -> Any:
    if kind not in KINDS:
        abort(404, "The audit log is exported as CSV or JSON.")
    form = _form()
    if not form.validate():
        abort(422, "A filter of this export makes no sense.")
    with writing():
        record(actor(), "audit.export", "audit_log", None, format=kind)
    mimetype, write = KINDS[kind]
    response = Response(stream_with_context(write(rules.everything(form.filters))), mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="audit.{kind}"'
    return response


def _form() -> AuditFilterForm:
    form = AuditFilterForm(request.args)
    form.action.choices = [SelectChoice("", "Any action"), *(SelectChoice(a) for a in rules.known_actions())]
    return form
