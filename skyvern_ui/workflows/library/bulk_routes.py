from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from flask import Response, abort, render_template, request

from ...access import WPID, skyvern
from ...htmx import go_to_path
from ...parcels import find, keep
from ...presses import made_once
from ...request import actor, is_htmx, signed_in
from ...skyvern.errors import SkyvernError
from ...skyvern.values.tag import BadTag
from ..blueprint import bp
from ..labels.rules import checked, parse_labels
from .address import address, pairs_of
from .bulk_rules import MOST, Outcome, copy_all, delete_all, label_all, move_all, template_all
from .filter_rules import FOLDER
from .listing import folders_of, palette_of

REPORT = "report"
WORDS = {  # where, what was done, the question, the button
    "move": ("/workflows/moves", "moved", "Move", "Move"),
    "label": ("/workflows/labellings", "labelled", "Label", "Change the labels"),
    "copy": ("/workflows/copies", "duplicated", "Duplicate", "Duplicate"),
    "template": ("/workflows/templates", "changed", "Mark", "Apply"),
    "delete": ("/workflows/deletions", "deleted", "Delete", "Delete"),
}


@bp.post("/moves")
def create_moves() -> Any:
    return _do("move")


@bp.post("/labellings")
def create_labellings() -> Any:
    return _do("label")


@bp.post("/copies")
@made_once("/workflows")
def create_copies() -> Any:
    return _do("copy")


@bp.post("/templates")
def create_templates() -> Any:
    return _do("template")


@bp.post("/deletions")
def create_deletions() -> Any:
    return _do("delete")


@bp.get("/reports/<report_id>")
def show_report(report_id: str) -> Any:
    found = find(signed_in().id, REPORT, report_id)
    if found is None:
        abort(404, "This report is gone. What was done stays in the audit log.")
    report = found[0]
    return render_template("workflows/bulk_done.html", **_face(report["deed"], [Outcome(**o) for o in report["done"]]),
                           back=address(pairs_of(report["query"])))


def _do(deed: str) -> Any:
    """Asks once more where nobody has, does it, and reports on every workflow."""
    ids = list(dict.fromkeys(text.strip() for text in request.form.getlist("workflow_id")))
    problem = "" if ids else "Choose at least one workflow first."
    if len(ids) > MOST:
        problem = f"At most {MOST} workflows can be chosen at once; these are {len(ids)}."
    if not problem and not all(WPID.fullmatch(each) for each in ids):
        problem = "One of these is no workflow."
    if problem or "sure" not in request.form:
        return _ask(deed, ids, problem)
    try:
        return _report(deed, _act(deed, ids))
    except (BadTag, ValueError) as error:
        return _ask(deed, ids, str(error))


def _act(deed: str, ids: list[str]) -> list[Outcome]:
    upstream, form = skyvern(), request.form
    if deed == "move":
        folder = form.get("folder", "")
        if folder and not FOLDER.fullmatch(folder):
            raise ValueError("Choose a folder.")
        return move_all(upstream, ids, folder or None, actor())
    if deed == "label":
        wanted = parse_labels(form.get("labels", ""))
        gone = [checked(text) for text in form.getlist("gone")]
        if not wanted and not gone:
            raise ValueError("Name a label to set, or choose one to take away.")
        return label_all(upstream, ids, wanted, gone, actor())
    if deed == "template":
        return template_all(upstream, ids, form.get("is_template", "1") == "1", actor())
    return (copy_all if deed == "copy" else delete_all)(upstream, ids, actor())


def _ask(deed: str, ids: list[str], problem: str) -> Any:
    status = 422 if problem else 200
    values: dict[str, Any] = {"deed": deed, "words": WORDS[deed], "problem": problem, "ids": ids[:MOST],
                              "query": request.form.get("query", "")[:4000], "folders": [], "held": [], "terms": [],
                              "typed": request.form.get("labels", "")[:2000], "titles": _titles(ids)}
    if ids:
        upstream = skyvern()
        if deed == "move":
            values["folders"] = folders_of(upstream)
        if deed == "label":
            values["terms"] = [text for text in palette_of(upstream).terms if not text.endswith(":*")]
            try:
                found = upstream.list_labels_of_workflows(ids[:MOST])
            except SkyvernError as error:
                found = {}
                values["problem"] = problem or error.sentence
            values["held"] = sorted({tag.text for tags in found.values() for tag in tags if not tag.is_system})
    if not is_htmx():
        return Response(render_template("workflows/bulk.html", back=_back(), **values), status)
    answer = Response(render_template("workflows/_ask.html", **values), status)
    if problem:
        answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = "#workflows-ask", "innerHTML"
    return answer


def _report(deed: str, outcomes: list[Outcome]) -> Any:
    done = [each.wpid for each in outcomes if not each.problem]
    if not is_htmx():
        content = {"deed": deed, "done": [asdict(each) for each in outcomes],
                   "query": request.form.get("query", "")[:4000]}
        return go_to_path(f"/workflows/reports/{keep(signed_in().id, REPORT, content)}")
    face = _face(deed, outcomes)
    news: dict[str, Any] = {"picks-done": {"ids": done}, "workflows-changed": {}, "answered": {}}
    if len(done) == len(outcomes):
        count = f"{len(done)} workflow{'' if len(done) == 1 else 's'}"
        news["toast"] = {"kind": "ok", "text": f"{count} {WORDS[deed][1]}."}
    return Response(render_template("workflows/_report.html", **face), headers={"HX-Trigger": json.dumps(news)})


def _face(deed: str, outcomes: list[Outcome]) -> dict[str, Any]:
    return {"deed": deed, "words": WORDS[deed], "outcomes": outcomes, "problem": "",
            "done": sum(1 for each in outcomes if not each.problem)}


def _titles(ids: list[str]) -> dict[str, str]:
    """The names that the list showed beside the ids: only for the question."""
    given = dict(text.split(" ", 1) for text in request.form.getlist("title_of") if " " in text)
    return {wpid: given.get(wpid, wpid)[:200] for wpid in ids[:MOST]}


def _back() -> str:
    return address(pairs_of(request.form.get("query", "")))
