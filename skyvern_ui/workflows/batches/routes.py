from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Response, abort, current_app, flash, render_template, request, stream_with_context

from ...access import find_workflow, preferences, skyvern, wpid_or_404
from ...audit import record
from ...conditional import conditional
from ...database import writing
from ...extensions import db
from ...htmx import go_to, go_to_path
from ...models.batch import Batch
from ...models.reader import SignedIn
from ...request import actor, settings, signed_in
from ...runs.bulk_rules import cancel_all
from ...runs.listing import scope
from ...skyvern.errors import SkyvernError
from ..blueprint import bp
from ..head import Head, head_of
from . import rules
from .pages import GROUPS, STATES, face_of, may_change, progress_of
from .results import as_csv, as_json

KINDS = {"csv": ("text/csv", as_csv), "json": ("application/json", as_json)}
LAST_ROW = 2**31 - 1
NONE = "There is no such batch, or it is not yours to see."
TOO_LATE = "Somebody was quicker: this batch is {state} by now."


@bp.get("/<wpid>/batches")
def list_batches(wpid: str) -> Any:
    workflow, person = find_workflow(wpid), signed_in()
    found = rules.batches_of(wpid, person.id, person.is_admin or not preferences()["private_runs"])
    counts = rules.counts_of([each.id for each in found])
    shown = [(each, progress_of(counts[each.id]), STATES.get(each.state, (each.state, "plain"))) for each in found]
    return render_template("workflows/batches/list.html", head=head_of(workflow, "batches"), batches=shown)


@bp.get("/<wpid>/batches/<batch_id>")
def show_batch(wpid: str, batch_id: str) -> Any:
    batch = find_batch(wpid, batch_id)
    if batch.state == rules.DRAFT:
        return go_to("workflows.edit_batch", wpid=wpid, batch_id=batch_id)
    return render_template("workflows/batches/show.html", head=_head(wpid), **_face(batch))


@bp.get("/<wpid>/batches/<batch_id>/progress")
def show_batch_progress(wpid: str, batch_id: str) -> Any:
    return conditional("workflows/batches/_batch.html", _face(find_batch(wpid, batch_id)))


@bp.post("/<wpid>/batches/<batch_id>/pause")
def create_batch_pause(wpid: str, batch_id: str) -> Any:
    return _answer(mine(wpid, batch_id), rules.pause(batch_id, actor()), "Paused. What is under way goes on.")


@bp.post("/<wpid>/batches/<batch_id>/pause/ending")
def delete_batch_pause(wpid: str, batch_id: str) -> Any:
    return _answer(mine(wpid, batch_id), rules.resume(batch_id, actor()), "It goes on.")


@bp.post("/<wpid>/batches/<batch_id>/cancellation")
def create_batch_cancellation(wpid: str, batch_id: str) -> Any:
    """What waits is not started; what is under way is canceled too, where that was chosen."""
    batch = mine(wpid, batch_id)
    done = rules.cancel(batch_id, actor()) or batch.state == rules.ENDING
    told = "Nothing more is started."
    if done and request.form.get("runs"):
        ids = [row.run_id for row in rules.rows_of(batch_id, ("running",), most=rules.MOST_AT_ONCE * 2) if row.run_id]
        outcomes = cancel_all(skyvern(), ids, actor(), scope()) if ids else []
        told += f" {sum(not each.problem for each in outcomes)} under way canceled."
    return _answer(batch, done, told)


@bp.post("/<wpid>/batches/<batch_id>/retries")
def create_batch_retries(wpid: str, batch_id: str) -> Any:
    batch = mine(wpid, batch_id)
    chosen = [int(text) for text in request.form.getlist("row")
              if text.isascii() and text.isdecimal() and len(text) < 10][:rules.CHUNK]
    count = rules.retry(batch_id, chosen or None, actor())
    flash(f"{count} row{'' if count == 1 else 's'} once more." if count else "There is no row to retry.",
          "ok" if count else "info")
    return go_to_path(_path(batch))


@bp.post("/<wpid>/batches/<batch_id>/rows/<int:number>/answer")
def create_row_answer(wpid: str, batch_id: str, number: int) -> Any:
    """The owner says what became of a start that nobody else knows of."""
    batch, started = mine(wpid, batch_id), request.form.get("started", "")
    if number > LAST_ROW:
        abort(404, "There is no such row in this batch.")
    if started not in ("no", "skip"):
        abort(422, "Say whether it is to be started or skipped.")
    done = rules.answer(batch_id, number, started, actor())
    return _answer(batch, done, "It is started again." if started == "no" else "It is left out.")


@bp.post("/<wpid>/batches/<batch_id>/removal")
def delete_batch(wpid: str, batch_id: str) -> Any:
    batch = mine(wpid, batch_id)
    if not rules.remove(batch_id, actor()):
        flash("A batch that is under way cannot be deleted. Cancel it first.", "warn")
        return go_to_path(_path(batch))
    flash("Discarded." if batch.state == rules.DRAFT else "The batch is deleted. Its runs are still there.", "ok")
    return go_to("workflows.list_batches", wpid=wpid)


@bp.get("/<wpid>/batches/<batch_id>/results.<kind>")
def export_batch(wpid: str, batch_id: str, kind: str) -> Any:
    if kind not in KINDS:
        abort(404, "Results are downloaded as CSV or JSON.")
    batch, person = find_batch(wpid, batch_id), signed_in()
    with writing():
        record(actor(), "batch.export", "batch", batch_id, format=kind)
    db.session.remove()
    mimetype, write = KINDS[kind]
    base = (settings().public_url or request.host_url).rstrip("/")
    lines = write(batch, lambda: rules.every_row(batch_id), base)
    response = Response(stream_with_context(_while_signed_in(person, lines)), mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="batch-{batch_id[:8]}.{kind}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def find_batch(wpid: str, batch_id: str) -> Batch:
    """The batch, or 404: a draft is its owner's alone; a started one is seen as its runs are."""
    person = signed_in()
    found = rules.find(batch_id) if wpid_or_404(wpid) else None
    if found is None or found.wpid != wpid:
        abort(404, NONE)
    is_mine = found.user_id == person.id
    if not is_mine and (found.state == rules.DRAFT or (preferences()["private_runs"] and not person.is_admin)):
        abort(404, NONE)
    return found


def mine(wpid: str, batch_id: str) -> Batch:
    """A batch that this person may change; 403 for one that they may only see."""
    batch = find_batch(wpid, batch_id)
    return batch if may_change(batch, signed_in()) else abort(403, "Only whoever started this batch, or an admin, may.")


def _face(batch: Batch) -> dict[str, Any]:
    after = request.args.get("after", "")
    group = request.args.get("state", "")
    return face_of(batch, signed_in(), group if group in GROUPS else "",
                   int(after[:9]) if after.isascii() and after.isdecimal() else 0)


def _head(wpid: str) -> Head:
    """The head of the workflow; a batch is shown also when Skyvern is away or the workflow is gone."""
    try:
        return head_of(skyvern().get_workflow(wpid), "batches")
    except SkyvernError:
        return head_of({"workflow_permanent_id": wpid, "title": "Workflow"}, "batches")


def _answer(batch: Batch, done: bool, told: str) -> Any:
    if not done:
        now = rules.find(batch.id)
        told = TOO_LATE.format(state=STATES[now.state][0] if now else "deleted")
    flash(told, "ok" if done else "info")
    return go_to_path(_path(batch))


def _path(batch: Batch) -> str:
    return f"/workflows/{batch.wpid}/batches/{batch.id}"


def _while_signed_in(person: SignedIn, lines: Iterator[str]) -> Iterator[str]:
    ended: list[int] = []
    with current_app.extensions["streams"].holding(person, ended.append):
        for line in lines:
            if ended:
                return
            yield line
