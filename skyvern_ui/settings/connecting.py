"""The connection form, as the wizard and /settings both use it: test first, save only what works."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import current_app, flash, render_template

from ..access import connections
from ..audit import Actor
from ..auth.limits import TooMany
from ..auth.rules import prove
from ..extensions import db
from ..htmx import go_to_path
from ..request import actor, settings, signed_in
from ..sealed import CannotOpen, fingerprint
from ..skyvern.errors import SkyvernError
from .forms import ConnectionForm, PreferencesForm
from .found_rules import Found, find_keys
from .probe_rules import Verdict, test_connection
from .rules import SANDBOX_URL, KeyNeeded, load, open_key, same_host, save_connection

METADATA_HOSTS = {"169.254.169.254", "metadata.google.internal", "100.100.100.200", "168.63.129.16", "fd00:ec2::254"}


def connection_page(template: str, form: ConnectionForm | None = None, verdict: Verdict | None = None,
                    status: int = 200) -> Any:
    """The page with the form, what is stored (never the key) and what was found on this machine."""
    row = load()
    stored_url = row.skyvern_api_url if row else None
    url = stored_url or settings().skyvern_api_url
    is_sandbox = stored_url == SANDBOX_URL
    form = form or ConnectionForm(formdata=None, url="" if is_sandbox else url or "http://localhost:8000")
    current = {"url": None if is_sandbox else url, "is_sandbox": is_sandbox, "key": _key_face()}
    prefs = PreferencesForm(formdata=None, data=connections().preferences(signed_in().settings_version))
    return render_template(template, form=form, verdict=verdict, found=find_keys(settings()), current=current,
                           sandbox=connections().sandbox is not None, preferences=prefs), status


def connect(template: str, then: str, ask_password: bool = False) -> Any:
    """Tests what was entered and stores it if it works; otherwise the page again, with the verdict."""
    form = ConnectionForm()
    if not form.validate_on_submit():
        return connection_page(template, form, status=422)
    if ask_password and not _proven(form):
        return connection_page(template, form, status=422)
    if form.found.data == "sandbox":
        return _use_sandbox(template, form, then)
    found = next((f for f in find_keys(settings()) if f.fingerprint == form.found.data), None)
    if form.found.data and found is None:
        verdict = Verdict(False, "That key is gone", "The file has changed since the page was drawn.")
        return connection_page(template, form, verdict, 422)
    url, key = _wanted(form, found)
    if urlsplit(url).hostname in METADATA_HOSTS:
        form.url.errors = ["This address belongs to the machine's own cloud, never to Skyvern."]
        return connection_page(template, form, status=422)
    stored = None if key else _stored_key_for(url)
    if key is None and stored is None:
        form.key.errors = ["Enter the key: a stored key is never sent to another address."
                           if _key_face() else "Enter the key."]
        return connection_page(template, form, status=422)
    verdict = test_connection(url, key or stored or "", settings())
    if not verdict.ok:
        return connection_page(template, form, verdict, 422)
    return _save(template, form, url, key, then, verdict, actor())


def _save(template: str, form: ConnectionForm, url: str, key: str | None, then: str, verdict: Verdict,
          who: Actor) -> Any:
    try:
        save_connection(current_app.extensions["sealer"], url, key, who, settings().skyvern_api_url)
    except KeyNeeded:
        form.key.errors = ["Enter the key: a stored key is never sent to another address."]
        return connection_page(template, form, status=422)
    flash(f"{verdict.title}. {verdict.sentence}", "ok")
    return go_to_path(then)


def _use_sandbox(template: str, form: ConnectionForm, then: str) -> Any:
    if connections().sandbox is None:
        verdict = Verdict(False, "The sandbox does not run", "It is started by `make run`, not in production.")
        return connection_page(template, form, verdict, 422)
    save_connection(current_app.extensions["sealer"], SANDBOX_URL, None, actor())
    flash("You are looking at the sandbox: a simulated Skyvern.", "ok")
    return go_to_path(then)


def _wanted(form: ConnectionForm, found: Found | None) -> tuple[str, str | None]:
    return (found.url, found.key) if found else (form.url.data or "", form.clean_key)


def _stored_key_for(url: str) -> str | None:
    """The key we have, if it may be sent to this address."""
    row = load()
    db.session.expunge_all()
    db.session.remove()  # Skyvern is asked next
    if row is None or not row.skyvern_api_key or not same_host(row.skyvern_api_url, url):
        return None
    try:
        return open_key(current_app.extensions["sealer"], row)
    except CannotOpen:
        return None


def _key_face() -> dict[str, str] | None:
    """What may be shown of the stored key: its last four characters and its fingerprint."""
    try:
        key = connections().current(signed_in().settings_version).key
    except SkyvernError:
        return None
    return {"last4": key[-4:], "fingerprint": fingerprint(key)}


def _proven(form: ConnectionForm) -> bool:
    try:
        if form.password.data and prove(signed_in().id, form.password.data):
            return True
        form.password.errors = ["Enter your own password to change the connection."]
    except TooMany:
        form.password.errors = ["Too many tries. Wait a few minutes."]
    return False
