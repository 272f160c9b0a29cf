from __future__ import annotations

from typing import Any

from flask import abort, flash, render_template

from ..access import find_run, skyvern
from ..htmx import go_to
from ..request import actor, settings, signed_in
from ..skyvern.errors import Broken, SkyvernError, TimedOut
from ..skyvern.values import Run
from . import answer_rules as answers
from .answer_rules import AnsweredAlready, Taken
from .blueprint import bp
from .passcode_rules import PostedAlready, hand_over
from .waiting_forms import AnswerForm, CodeForm
from .waiting_pages import with_last
from .waiting_rules import Approval, CodeWait, approval_of, code_of, inner_id

OVER_WORDS = {"completed": "has completed", "failed": "has failed", "terminated": "has stopped", "canceled":
              "was canceled", "timed_out": "ran out of time"}
MAYBE = "Nobody knows whether it got that. Look at the run before you try again."


@bp.post("/<run_id>/approval")
def create_approval(run_id: str) -> Any:
    run, approval = _waiting(run_id)
    _answer(run, approval, "run.approve", lambda: skyvern().continue_run(inner_id(run)))
    flash(f"{_word(approval, True)}: sent. The run goes on.", "ok")
    return _back(run_id)


@bp.post("/<run_id>/rejection")
def create_rejection(run_id: str) -> Any:
    run, approval = _waiting(run_id)
    _answer(run, approval, "run.reject", lambda: skyvern().cancel_run(run.run_id))
    flash(f"{_word(approval, False)}: sent. The run is canceled.", "ok")
    return _back(run_id)


@bp.post("/<run_id>/claim")
def create_claim(run_id: str) -> Any:
    _, approval = _waiting(run_id)
    try:
        answers.claim_wait(run_id, approval.block_id, actor(), AnswerForm().over.data or None)
    except Taken as error:
        abort(409, f"{error.name} has this already. Ask them, or take it over on the page of the run.")
    except AnsweredAlready as error:
        abort(409, _faster(error))
    flash("You have this. Others see your name on it.", "ok")
    return _back(run_id)


@bp.post("/<run_id>/claim/release")
def delete_claim(run_id: str) -> Any:
    person, run = signed_in(), find_run(signed_in(), run_id)
    if not answers.release_wait(run.run_id, actor(), as_admin=person.is_admin):
        abort(409, "This is not in your hands, so you cannot give it back.")
    flash("Given back. Anybody can take it now.", "ok")
    return _back(run_id)


@bp.get("/<run_id>/one-time-code")
def show_passcode(run_id: str) -> Any:
    run = find_run(signed_in(), run_id)
    code = _code(run)
    return render_template("runs/code.html", run=run, code=code,
                           form=CodeForm(formdata=None, identifier=code.identifier), problem=None)


@bp.post("/<run_id>/code")
def create_code(run_id: str) -> Any:
    run = find_run(signed_in(), run_id)
    if run.is_over:
        abort(409, f"{_over(run)} No code was sent.")
    form = CodeForm()
    if not form.validate_on_submit():
        return _code_again(run, form, None, 422)
    try:
        receipt = hand_over(skyvern(), run, form.identifier.data or "", form.content.data or "", actor(),
                            settings().secret_keys)
    except PostedAlready as error:
        return _code_again(run, form, f"{error.name} has handed over this very code already. It was not sent again. "
                           "If the website asks once more, wait for a new code.", 409)
    except (TimedOut, Broken) as error:
        return _code_again(run, form, f"{error.sentence} {MAYBE}", error.status)
    except SkyvernError as error:
        return _code_again(run, form, f"The code was not handed over. {error.sentence}", error.status)
    if receipt.is_understood:
        flash(f"The {'link' if receipt.is_link else 'code'} is with Skyvern. It looks every ten seconds.", "ok")
    else:
        flash("Skyvern found no code in this text. Send the code alone, or the link alone.", "warn")
    return _back(run_id)


def _waiting(run_id: str) -> tuple[Run, Approval]:
    """The run and what it waits for: the very wait that the person saw. 409 when that has passed; nothing is sent."""
    run = find_run(signed_in(), run_id)
    if run.is_over:
        name = answers.answered_by(run.run_id)
        abort(409, f"{name} has answered already. {_over(run)}" if name else f"{_over(run)} Nothing was sent.")
    approval = approval_of(skyvern(), run)
    if approval is None:
        name = answers.answered_by(run.run_id)
        abort(409, f"{name} has answered already: the run goes on." if name else
              "This run does not wait for anybody. Nothing was sent.")
    form = AnswerForm()
    if not form.validate_on_submit():
        abort(422, "This form is not one of ours. Load the page again.")
    if approval.block_id != (form.block.data or "") and approval.problem is None:
        abort(409, "The run waits at another step than the one you saw. Look at it, then answer.")
    return run, approval


def _answer(run: Run, approval: Approval, action: str, send: Any) -> None:
    label = approval.block.label if approval.block else None
    try:
        answers.answer(run.run_id, approval.block_id, action, send, actor(), block=label)
    except AnsweredAlready as error:
        abort(409, _faster(error))
    except (TimedOut, Broken) as error:
        raise type(error)(f"{error.sentence} {MAYBE}") from error


def _faster(error: AnsweredAlready) -> str:
    return f"{error.name or 'Somebody'} has answered already. Nothing more was sent."


def _over(run: Run) -> str:
    return f"This run {OVER_WORDS.get(run.status, 'is over')}."


def _word(approval: Approval, yes: bool) -> str:
    if approval.block is None:
        return "Approve" if yes else "Reject"
    return (approval.block.positive if yes else approval.block.negative)[:80]


def _code(run: Run) -> CodeWait:
    return with_last((None if run.is_over else code_of(skyvern(), run)) or CodeWait(run.run_id, None))


def _code_again(run: Run, form: CodeForm, problem: str | None, status: int) -> Any:
    return render_template("runs/code.html", run=run, code=_code(run), form=form, problem=problem), status


def _back(run_id: str) -> Any:
    return go_to("inbox.list_inbox") if AnswerForm().back.data == "inbox" else go_to("runs.show_run", run_id=run_id)
