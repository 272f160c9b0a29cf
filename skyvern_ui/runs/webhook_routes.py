from __future__ import annotations

from typing import Any

from flask import render_template

from ..access import find_run, skyvern
from ..request import actor, signed_in
from ..skyvern.errors import Missing, SkyvernError
from ..skyvern.values import Run
from ..skyvern.values.webhook import Delivery
from . import webhook_rules as rules
from .blueprint import bp
from .webhook_forms import ReceiverForm, TestForm


@bp.get("/<run_id>/webhook")
def show_webhook(run_id: str) -> Any:
    return _page(find_run(signed_in(), run_id))


@bp.post("/<run_id>/webhook/test")
def create_webhook_test(run_id: str) -> Any:
    run, form = find_run(signed_in(), run_id), TestForm()
    if not form.validate_on_submit():
        return _page(run, test_form=form, status=422)
    return _sent(run, lambda: rules.test(skyvern(), run, str(form.test_url.data), actor()), "The example", form, None)


@bp.post("/<run_id>/webhook/replay")
def create_webhook_replay(run_id: str) -> Any:
    run, form = find_run(signed_in(), run_id), ReceiverForm()
    if not form.validate_on_submit():
        return _page(run, replay_form=form, status=422)
    if not run.is_over:
        problem = ("Nothing was sent", "The run is not over, so there is no message yet.")
        return _page(run, replay_form=form, problem=problem, status=409)
    return _sent(run, lambda: rules.replay(skyvern(), run, form.url.data or None, actor()), "The message", None, form)


def _sent(run: Run, act: Any, what: str, test_form: TestForm | None, replay_form: ReceiverForm | None) -> Any:
    forms: dict[str, Any] = {"test_form": test_form, "replay_form": replay_form}
    try:
        delivery: Delivery = act()
    except Missing as error:
        return _page(run, problem=("Nothing was sent", rules.sentence_of(error)), status=409, **forms)
    except SkyvernError as error:
        return _page(run, problem=(f"{what} was not sent", error.sentence), status=error.status, **forms)
    return _page(run, delivery=delivery, what=what, **forms)


def _page(run: Run, *, delivery: Delivery | None = None, what: str = "", problem: tuple[str, str] | None = None,
          test_form: TestForm | None = None, replay_form: ReceiverForm | None = None, status: int = 200) -> Any:
    return render_template(
        "runs/webhook.html", run=run, webhook=rules.webhook_of(skyvern(), run), delivery=delivery, what=what,
        problem=problem, test_form=test_form or TestForm(formdata=None),
        replay_form=replay_form or ReceiverForm(formdata=None),
    ), status
