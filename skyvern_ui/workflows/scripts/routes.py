from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import Response, abort, flash, render_template, request

from ...access import find_workflow, only_these_runs, skyvern
from ...htmx import go_to
from ...recorded import send_recorded
from ...request import actor, signed_in
from ...skyvern.client import Skyvern
from ...skyvern.errors import Missing, NoConnection, SkyvernError
from ...skyvern.values.script import Code, Variant
from ..blueprint import bp
from ..head import head_of
from . import rules
from .colours import coloured

SCRIPT_ID = re.compile(r"s_[A-Za-z0-9_]{1,60}")
NONE_SUCH = "There is no such code, or it was cleared."
LONGEST = 100_000  # letters of one file on the page


@bp.get("/<wpid>/scripts")
def list_scripts(wpid: str) -> Any:
    def draw(values: dict[str, Any]) -> Any:
        found = rules.standing(skyvern(), wpid)
        only = only_these_runs(signed_in())
        return render_template("workflows/scripts/list.html", **values, found=found, states=rules.STATES,
                               may_open=lambda run_id: only is None or run_id in only,
                               cache_key=str(values["workflow"].get("cache_key") or ""))

    return _standing(wpid, draw)


@bp.get("/<wpid>/scripts/<script_id>")
def show_script(wpid: str, script_id: str) -> Any:
    """One variant: a version of its code, the newest unless the address says otherwise, and its runs."""
    def draw(values: dict[str, Any]) -> Any:
        variant, versions = _find(wpid, script_id)
        wanted = request.args.get("version", "")
        number = int(wanted) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 6 else versions[0].number
        code = _code(script_id, number)
        only, runs, problem = only_these_runs(signed_in()), None, ""
        try:
            runs = skyvern().list_runs_of_script(script_id)
        except SkyvernError as error:
            problem = error.sentence
        return render_template(
            "workflows/scripts/show.html", **values, variant=variant, versions=versions, code=code, number=number,
            files=[(name, coloured(text[:LONGEST]), len(text) > LONGEST) for name, text in code.files.items()],
            runs=runs, runs_problem=problem, may_open=lambda run_id: only is None or run_id in only)

    return _standing(wpid, draw)


@bp.get("/<wpid>/scripts/<script_id>/compare")
def show_comparison_of_scripts(wpid: str, script_id: str) -> Any:
    numbers = [request.args.get(name, "") for name in ("from", "to")]
    if not all(each.isascii() and each.isdecimal() and len(each) < 6 for each in numbers):
        abort(422, "Choose two versions to compare, by their numbers.")

    def draw(values: dict[str, Any]) -> Any:
        variant, versions = _find(wpid, script_id)
        before, after = (_code(script_id, int(each)) for each in numbers)
        return render_template("workflows/scripts/compare.html", **values, variant=variant, versions=versions,
                               before=before, after=after, changed=rules.compared(before, after))

    return _standing(wpid, draw)


@bp.get("/<wpid>/scripts/<script_id>/files/<int(min=1, max=99999):number>/<name>")
def export_script_file(wpid: str, script_id: str, number: int, name: str) -> Any:
    """One file of the code, whole, as text."""
    _find(wpid, script_id)
    text = _code(script_id, number).files.get(name)
    if text is None:
        abort(404, NONE_SUCH)
    plain = re.sub(r"[^A-Za-z0-9_.-]", "_", name)[:80]
    return Response(text, mimetype="text/plain", headers={"Content-Disposition": f'attachment; filename="{plain}"'})


@bp.post("/<wpid>/scripts/pins")
def create_script_pin(wpid: str) -> Any:
    return _change(wpid, "pin", "It is pinned: Skyvern leaves this code as it is.", Skyvern.pin_script)


@bp.post("/<wpid>/scripts/pins/removal")
def delete_script_pin(wpid: str) -> Any:
    return _change(wpid, "unpin", "It is not pinned any more: Skyvern may write it anew.", Skyvern.unpin_script)


@bp.post("/<wpid>/scripts/deletion")
def delete_script(wpid: str) -> Any:
    return _change(wpid, "delete", "The code is deleted. The next run writes it anew.", Skyvern.delete_variant)


@bp.post("/<wpid>/scripts/clearing")
def delete_scripts(wpid: str) -> Any:
    find_workflow(wpid)
    upstream = skyvern()
    try:
        send_recorded(lambda: upstream.clear_scripts(wpid), actor(), "script.clear", wpid, resource="workflow")
    except NoConnection:
        raise
    except SkyvernError as error:
        flash(error.sentence, "bad")
    else:
        flash("All code of this workflow is cleared. The next runs write it anew.", "ok")
    return go_to("workflows.list_scripts", wpid=wpid)


def _change(wpid: str, deed: str, done: str, send: Callable[[Skyvern, str, str], None]) -> Any:
    """One change of the code of one value, recorded."""
    find_workflow(wpid)
    value, upstream = request.form.get("value", ""), skyvern()
    try:
        send_recorded(lambda: send(upstream, wpid, value), actor(), f"script.{deed}", wpid, resource="workflow",
                      cache_key_value=value[:200])
    except NoConnection:
        raise
    except Missing:
        flash("There is no code for this value any more.", "bad")
    except SkyvernError as error:
        flash(error.sentence, "bad")
    else:
        flash(done, "ok")
    script_id = request.form.get("script", "")
    if deed != "delete" and SCRIPT_ID.fullmatch(script_id):
        return go_to("workflows.show_script", wpid=wpid, script_id=script_id)
    return go_to("workflows.list_scripts", wpid=wpid)


def _find(wpid: str, script_id: str) -> tuple[Variant, list[Any]]:
    """The variant of this workflow and its versions, or 404: a script of another workflow is none of this one's."""
    if not SCRIPT_ID.fullmatch(script_id):
        abort(404, NONE_SUCH)
    variant = next((each for each in skyvern().list_variants(wpid) if each.script_id == script_id), None)
    versions = skyvern().list_script_versions(script_id) if variant else []
    if variant is None or not versions:
        abort(404, NONE_SUCH)
    return variant, versions


def _code(script_id: str, number: int) -> Code:
    try:
        return skyvern().get_code(script_id, number)
    except Missing:
        abort(404, "There is no such version of this code.")


def _standing(wpid: str, draw: Callable[[dict[str, Any]], Any]) -> Any:
    """The page with its head, or the one that says why it cannot be read."""
    try:
        workflow = find_workflow(wpid)
        return draw({"workflow": workflow, "head": head_of(workflow, "scripts")})
    except NoConnection:
        raise
    except SkyvernError as error:
        return render_template("workflows/away.html", wpid=wpid, sentence=error.sentence), error.status
