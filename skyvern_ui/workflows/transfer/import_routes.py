from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import abort, render_template, request

from ...access import WPID, skyvern
from ...aside import aside
from ...extensions import csrf
from ...htmx import go_to_path
from ...parcels import find, keep, take
from ...request import actor, signed_in
from ...skyvern.client import Skyvern
from ..blueprint import bp
from ..library.filter_rules import FOLDER
from ..library.listing import folders_of
from . import preview_rules as rules
from .reading import MOST_BYTES, MOST_DOCUMENTS, Found, Trouble, read_files

PREVIEW, REPORT = "import", "import report"
MOST_FILES = 200


@bp.get("/import")
def new_import() -> Any:
    return _form()


@bp.post("/import")
@csrf.exempt  # the token is checked below, once the request may be as large as an import is
def create_import() -> Any:
    request.max_content_length, request.max_form_parts = MOST_BYTES + 64 * 1024, MOST_FILES + 10
    csrf.protect()
    files = [(each.filename or "file", each.read()) for each in request.files.getlist("files") if each.filename]
    pasted = request.form.get("text", "")
    if pasted.strip():
        files.append(("what was pasted", pasted.encode("utf-8", "replace")))
    if not files:
        return _form("Choose a file first, or paste a workflow.", pasted), 422
    found, troubles = aside(read_files, files)
    if not found:
        return _form("There is nothing to import in it.", pasted, troubles), 422
    return go_to_path(f"/workflows/import/{preview(skyvern(), found, troubles)}")


@bp.get("/import/<parcel_id>")
def show_import(parcel_id: str) -> Any:
    items, troubles, is_taken = _kept(parcel_id)
    if is_taken:
        abort(409, "This import was carried out already. What it made is in the list of workflows.")
    return render_template("workflows/transfer/preview.html", parcel_id=parcel_id, items=items, troubles=troubles,
                           folders=folders_of(skyvern()))


@bp.post("/import/<parcel_id>")
def create_imported(parcel_id: str) -> Any:
    items, troubles, _ = _kept(parcel_id)
    folder = request.form.get("folder", "")
    choices = [request.form.get(f"choice-{place}", item.default) for place, item in enumerate(items)]
    if (folder and not FOLDER.fullmatch(folder)) or any(
            choice not in dict(item.choices) for choice, item in zip(choices, items, strict=True)):
        abort(422, "One of these choices does not exist.")
    upstream = skyvern()
    if not take(signed_in().id, PREVIEW, parcel_id):
        abort(409, "This import was carried out already. What it made is in the list of workflows.")
    done = rules.carry_out(upstream, items, choices, folder or None, actor())
    content = {"done": [asdict(each) for each in done], "troubles": [asdict(each) for each in troubles]}
    return go_to_path(f"/workflows/import/reports/{keep(signed_in().id, REPORT, content)}")


@bp.get("/import/reports/<report_id>")
def show_import_report(report_id: str) -> Any:
    found = find(signed_in().id, REPORT, report_id)
    if found is None:
        abort(404, "This report is gone. What was made stays in the audit log.")
    done = [rules.Done(**each) for each in found[0]["done"]]
    return render_template("workflows/transfer/report.html", done=done,
                           troubles=[Trouble(**each) for each in found[0]["troubles"]])


def preview(upstream: Skyvern, found: list[Found], troubles: list[Trouble]) -> str:
    """Keeps what would be imported for the person who asks, and returns under which id."""
    items = aside(rules.items_of, found)
    wpids = [each.wpid if each.wpid and WPID.fullmatch(each.wpid) else None for each in found]
    return keep(signed_in().id, PREVIEW, rules.packed(rules.matched(upstream, items, wpids), troubles))


def _form(problem: str = "", pasted: str = "", troubles: list[Trouble] | None = None) -> str:
    return render_template("workflows/transfer/import.html", problem=problem, pasted=pasted, troubles=troubles or [],
                           most_mb=MOST_BYTES // 1024 // 1024, most_documents=MOST_DOCUMENTS)


def _kept(parcel_id: str) -> tuple[list[rules.Item], list[Trouble], bool]:
    found = find(signed_in().id, PREVIEW, parcel_id)
    if found is None:
        abort(404, "This import is gone: it is kept for two hours. Choose the files again.")
    return (*rules.unpacked(found[0]), found[1])
