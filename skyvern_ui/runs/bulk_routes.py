from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from flask import Response, render_template, request

from ..access import skyvern
from ..request import actor, is_htmx
from ..skyvern.values.tag import BadTag, Tag, parse_tag
from .blueprint import bp
from .bulk_rules import MOST, Outcome, cancel_all, tag_all, untag_all
from .list_address import address, pairs_of
from .listing import scope

WORDS = {
    "cancel": ("/runs/cancellations", "canceled", "Cancel", "Cancel them"),
    "tag": ("/runs/tags", "tagged", "Tag", "Set the tag"),
    "untag": ("/runs/tags/removal", "untagged", "Take a tag from", "Take it away"),
}


@bp.post("/cancellations")
def create_cancellations() -> Any:
    return _do("cancel", lambda ids, _tag: cancel_all(skyvern(), ids, actor(), scope()))


@bp.post("/tags")
def create_tags() -> Any:
    return _do("tag", lambda ids, tag: tag_all(skyvern(), ids, _sure(tag), actor(), scope()))


@bp.post("/tags/removal")
def delete_tags() -> Any:
    return _do("untag", lambda ids, tag: untag_all(skyvern(), ids, _sure(tag), actor(), scope()))


def _do(deed: str, act: Callable[[list[str], Tag | None], list[Outcome]]) -> Any:
    """Asks once more where no dialog has asked, does it, and reports on every run."""
    ids = list(dict.fromkeys(text.strip() for text in request.form.getlist("run_id")))
    problem = "" if ids else "Choose at least one run first."
    if len(ids) > MOST:
        problem = f"At most {MOST} runs can be chosen at once; these are {len(ids)}."
    tag, text = None, request.form.get(deed, "")
    if deed != "cancel" and not problem and "sure" in request.form:
        try:
            tag = parse_tag(text)
        except BadTag as error:
            problem = str(error)
    if problem or "sure" not in request.form:
        return _ask(deed, ids, text, problem)
    return _report(deed, ids, text, act(ids, tag))


def _ask(deed: str, ids: list[str], text: str, problem: str) -> Any:
    status = 422 if problem else 200
    if is_htmx():
        return Response(render_template("runs/_report.html", outcomes=[], problem=problem, deed=deed, done=0,
                                        words=WORDS[deed]), status)
    return Response(render_template("runs/bulk.html", ids=ids[:MOST], text=text, problem=problem, deed=deed,
                                    words=WORDS[deed], back=_back(), query=request.form.get("query", "")), status)


def _report(deed: str, ids: list[str], text: str, outcomes: list[Outcome]) -> Any:
    failed = [outcome for outcome in outcomes if outcome.problem]
    done = [outcome.run_id for outcome in outcomes if not outcome.problem]
    values = {"outcomes": outcomes, "problem": "", "deed": deed, "words": WORDS[deed],
              "done": sum(1 for outcome in outcomes if not outcome.problem and not outcome.note)}
    if not is_htmx():
        return render_template("runs/bulk_done.html", **values, failed=failed, text=text, back=_back(),
                               query=request.form.get("query", ""))
    news: dict[str, Any] = {"picks-done": {"ids": done}, "runs-changed": {}}
    if not failed:
        news["toast"] = {"kind": "ok", "text": f"{len(done)} run{'' if len(done) == 1 else 's'} {WORDS[deed][1]}."}
    return Response(render_template("runs/_report.html", **values), headers={"HX-Trigger": json.dumps(news)})


def _back() -> str:
    return address(pairs_of(request.form.get("query", "")))


def _sure(tag: Tag | None) -> Tag:
    assert tag is not None
    return tag
