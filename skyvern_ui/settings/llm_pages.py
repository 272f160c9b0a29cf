"""What the pages of the models show: the registered ones, which are the defaults, and how the doctor saw them last."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, render_template
from sqlalchemy.exc import SQLAlchemyError

from ..access import connection, skyvern
from ..doctor.finding import ORDER, Finding
from ..doctor.history.period import Period
from ..doctor.history.rules import latest_findings
from ..llm.known_rules import known_upstreams, own_upstream
from ..llm.probe_words import name_of
from ..llm.registered import asked_base
from ..llm.upstream import Upstream
from ..request import settings
from ..skyvern.client import Skyvern
from ..skyvern.errors import Missing
from ..skyvern.values.llm import CustomLlm, DefaultLlms, LlmStatus
from .llm_forms import DefaultsForm, LlmForm
from .llm_keys import kept_ids, upstream_for
from .llm_rules import changes_of

CHECKS = ("model", "model-answer", "model-thorough")


@dataclass(frozen=True, slots=True)
class Row:
    """One registered model in the list. `seen` is how the doctor saw it last, None when nobody looked."""

    llm: CustomLlm
    is_smart: bool
    is_fast: bool
    has_key: bool
    seen: Period | None


def list_page(problem: str = "", status: int = 200) -> Any:
    """The list, or what to do on a release that knows no registering."""
    upstream = skyvern()
    own = own_upstream(settings())
    try:
        llms = upstream.list_custom_llms()
    except Missing:
        return render_template("settings/llms/unsupported.html", own=own), status
    defaults, said = upstream.get_default_llms(), upstream.get_llm_status()
    form = DefaultsForm(formdata=None, data={"smart": defaults.smart or "", "fast": defaults.fast or "",
                                             "seen": seen_of(defaults)})
    named = {key for key in (defaults.smart, defaults.fast) if key}
    form.offer(llms, named)
    return render_template(
        "settings/llms/list.html", rows=_rows(llms, defaults), form=form, problem=problem, own=own,
        said=status_words(said), registered_own=_is_registered(own, llms),
        gone=named - {each.llm_key for each in llms}), status


def form_page(form: LlmForm, llm: CustomLlm | None = None, problem: str = "", status: int = 200,
              findings: list[Finding] | None = None) -> Any:
    """The form of a new model or, with its facts and its test, of a registered one."""
    row = None
    if llm is not None:
        row = _rows([llm], skyvern().get_default_llms())[0]
    return render_template("settings/llms/show.html" if row else "settings/llms/new.html", form=form, row=row,
                           problem=problem, findings=findings, own=own_upstream(settings()),
                           testable=testable(llm) is not None if llm else False), status


def review_page(form: LlmForm, old: CustomLlm | None, config: dict[str, Any], draft: str,
                findings: list[Finding] | None, problem: str = "", status: int = 200) -> Any:
    """What a change would do, before it is made. `findings` are what the model said to the free questions; None when
    it was not asked."""
    base = asked_base(str(config["provider"]), config["api_base"])
    return render_template("settings/llms/review.html", form=form, old=old, changes=changes_of(old, config),
                           draft=draft, findings=findings, problem=problem, place=place_words(base)), status


def place_words(base: str) -> str:
    """A warning when this address may mean another machine to Skyvern than to us."""
    if not _is_loopback(urlsplit(base).hostname or ""):
        return ""
    if _is_loopback(connection().host):
        return ("Skyvern asks this address itself. If Skyvern runs in Docker, localhost is its own container: then use "
                "host.docker.internal or the service's name.")
    return ("Skyvern asks this address itself, and it runs on another host: localhost there is not this server. Use a "
            "name that Skyvern can reach.")


def seen_of(defaults: DefaultLlms) -> str:
    """Both defaults as one text, for a form that changes them."""
    return f"{defaults.smart or ''} {defaults.fast or ''}"


def defaults_in(text: str) -> DefaultLlms:
    """The defaults again."""
    smart, _, fast = text.partition(" ")
    return DefaultLlms(smart or None, fast or None)


def testable(llm: CustomLlm) -> Upstream | None:
    """The model as it can be asked, under the name by which the doctor knows it; None without its key."""
    found = upstream_for(current_app.extensions["sealer"], llm)
    if found is None:
        return None
    same = (each for each in known_upstreams(settings(), current_app.extensions["sealer"])
            if (each.base.rstrip("/"), each.model, each.key) == (found.base.rstrip("/"), found.model, found.key))
    return replace(next(same, found), label=llm.display_name)


def find_llm(upstream: Skyvern, llm_id: str) -> CustomLlm | None:
    """One registered model; None when there is none, or the release knows none."""
    try:
        return next((each for each in upstream.list_custom_llms() if each.id == llm_id), None)
    except Missing:
        return None


def status_words(said: LlmStatus | None) -> str:
    """What Skyvern's own settings hold, as far as it tells."""
    if said is None:
        return "Skyvern does not tell from here which model its own settings name."
    return f"Skyvern's own settings name {said.default_key or 'none'}."


def _rows(llms: list[CustomLlm], defaults: DefaultLlms) -> list[Row]:
    kept, seen = kept_ids(), _seen()
    rows = []
    for llm in llms:
        has_key = llm.id in kept
        upstream = testable(llm) if has_key else None
        rows.append(Row(llm, llm.llm_key == defaults.smart, llm.llm_key == defaults.fast, has_key,
                        _worst(upstream, seen) if upstream else None))
    return rows


def _seen() -> dict[str, Period]:
    try:
        return latest_findings()
    except SQLAlchemyError:
        return {}


def _worst(upstream: Upstream, seen: dict[str, Period]) -> Period | None:
    """The worst of what was seen of this model last; of equals the latest."""
    prefixes = tuple(name_of(upstream, "", check) for check in CHECKS)
    mine = [period for name, period in seen.items()
            if any(name == prefix or name.startswith(prefix + "-") for prefix in prefixes)]
    return min(mine, key=lambda each: (ORDER[each.verdict], -each.last_at.timestamp()), default=None)


def _is_registered(own: Upstream | None, llms: list[CustomLlm]) -> bool:
    return own is not None and any((each.api_base or "").rstrip("/") == own.base.rstrip("/") for each in llms)


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
