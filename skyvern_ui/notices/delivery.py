"""Sending what is due. Any worker may; the row it claims is its own."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import structlog
from flask import Flask

from ..config import Settings
from ..extensions import db
from ..mail import NotSent, Uncertain, compose, send
from ..relay.hook import judge_hook, post, words_of
from ..sealed import CannotOpen
from ..skyvern.errors import Blocked, SkyvernError
from .letters import headline, json_of, signed, text_of
from .outbox import Letter, claim_next, settle, settle_for_later, settle_lost
from .rules import is_for_admins, may_see, secret_place
from .watching import runs_are_private

log = structlog.get_logger("notices")
AT_ONCE, MOST = 4, 50


def deliver(app: Flask) -> int:
    """Sends everything that is due now, at most a few hundred. How many were claimed."""
    with app.app_context():
        settle_lost()
        db.session.remove()
        if (first := _claimed()) is None:
            return 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        rest = [pool.submit(_send_all, app, None) for _ in range(AT_ONCE - 1)]
        return _send_all(app, first) + sum(each.result() for each in rest)


def _send_all(app: Flask, letter: Letter | None) -> int:
    count = 0
    with app.app_context():
        while count < MOST and (letter := letter or _claimed()) is not None:
            _send(app, letter)
            db.session.remove()
            letter, count = None, count + 1
    return count


def _claimed() -> Letter | None:
    try:
        return claim_next()
    finally:
        db.session.remove()


def _send(app: Flask, letter: Letter) -> None:
    allowed = may_see(letter.user_id, letter.run_id, runs_are_private(app))
    db.session.remove()
    if not allowed:
        settle(letter, "dropped", "This person is not an administrator any more." if is_for_admins(letter.run_id)
               else "This person may not see the run any more.")
        return
    try:
        _send_mail(app, letter) if letter.channel == "email" else _send_hook(app, letter)
    except NotSent as error:
        log.warning("not sent", notice=letter.notice_id, reason=error.sentence)
        if error.is_final:
            settle(letter, "failed", error.sentence)
        else:
            settle_for_later(letter, error.sentence)
    except Uncertain:
        settle(letter, "unknown", "The mail server broke off at the very end. It may have arrived; it is not sent a "
                                  "second time.")
    else:
        settle(letter, "sent")


def _send_mail(app: Flask, letter: Letter) -> None:
    settings: Settings = app.config["SETTINGS"]
    if settings.mail is None:
        raise NotSent("No mail server is set (SMTP_URL).")
    if not letter.email:
        raise NotSent("This person has no address.", is_final=True)
    text = text_of(letter.run_id, letter.occasion, letter.content, base_of(settings))
    try:
        message = compose(settings.mail.sender, letter.email, headline(letter.occasion, letter.content), text,
                          letter.notice_id)
    except ValueError as error:
        raise NotSent("The address cannot be written into a mail.", is_final=True) from error
    send(settings.mail, message, letter.email)


def _send_hook(app: Flask, letter: Letter) -> None:
    settings: Settings = app.config["SETTINGS"]
    body = json_of(letter.notice_id, letter.run_id, letter.occasion, letter.content, base_of(settings))
    moment = int(time.time())
    headers = [("x-skyvern-ui-notice", letter.notice_id), ("x-skyvern-ui-timestamp", str(moment))]
    if letter.secret:
        try:
            secret = app.extensions["sealer"].open(letter.secret, secret_place(letter.watch_id))
        except CannotOpen as error:
            raise NotSent("Its secret was sealed with an older SECRET_KEY: enter it again.", is_final=True) from error
        headers.append(("x-skyvern-ui-signature", signed(body, secret, moment)))
    try:
        status = post(judge_hook(letter.address, settings.notice_hosts), body, headers)
    except Blocked as error:
        raise NotSent(error.sentence, is_final=True) from error
    except SkyvernError as error:
        raise NotSent(words_of(error)) from error
    if not 200 <= status < 300:
        raise NotSent(f"The receiver answered {status}.", is_final=status == 410)


def base_of(settings: Settings) -> str:
    """Where people reach us, for links in what is sent."""
    return settings.public_url or f"http://localhost:{settings.port}"
