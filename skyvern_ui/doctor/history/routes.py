from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import abort, render_template, request

from ...extensions import db
from ...guard import admin_only
from ...models.columns import now
from ...notices.rules import DOCTOR, watches_of
from ...request import settings, signed_in
from ..blueprint import bp
from ..check import LAYERS
from ..checks import CHECKS
from .period import Period
from .rules import latest_findings, periods, since
from .standing_rules import STALE
from .week import DAYS, week_of

PAGE, MOST_OF_A_WEEK = 50, 2000
CHECK = re.compile(r"[a-z0-9][a-z0-9-]{0,80}")
PLACE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?)~([0-9a-f]{1,40})")


@bp.get("/doctor/history")
@admin_only
def list_history() -> Any:
    check, layer, trouble, before = _asked(request.args)
    found = periods(check or None, layer=layer or None, trouble=trouble, before=before, most=PAGE + 1)
    moment = now()
    recent = periods(check or None, layer=layer or None, after=moment - timedelta(days=DAYS), most=MOST_OF_A_WEEK)
    week = week_of(recent, moment)
    watching = bool(watches_of(signed_in().id, [DOCTOR]))
    standing = latest_findings()
    now_so = standing.get(check)
    began = since(check) if now_so else None
    db.session.remove()
    kept = {"layer": layer, "check": check, "trouble": "1" if trouble else ""}
    older = {**kept, "before": _place(found[PAGE - 1])} if len(found) > PAGE else None
    return render_template(
        "doctor/history.html", rows=found[:PAGE], week=week, standing=now_so, began=began, check=check, layer=layer,
        trouble=trouble, names=names_of([*found, *standing.values()]), layers=LAYERS, watching=watching,
        is_empty=not standing and not found and not (check or layer or trouble or before), paged=before is not None,
        href=lambda **more: _href({**kept, **more}), older=_href(older) if older else None,
        fresh_from=moment - STALE, minutes=settings().doctor_minutes)


def names_of(found: list[Period]) -> dict[str, str]:
    """What each check is called on a page: the title of the check, or of the one whose name its own begins with."""
    titles = {check.name: check.title for check in CHECKS}
    named = {}
    for name in {each.check for each in found}:
        owner = max((known for known in titles if name == known or name.startswith(known + "-")), key=len, default="")
        rest = name[len(owner):].strip("-")
        named[name] = f"{titles[owner]}: {rest}" if owner and rest else titles.get(owner, name)
    return named


def _place(period: Period) -> str:
    return f"{period.began_at.isoformat()}~{period.id}"


def _asked(args: Mapping[str, str]) -> tuple[str, str, bool, tuple[datetime, str] | None]:
    check, layer, before = args.get("check", ""), args.get("layer", ""), args.get("before", "")
    if check and not CHECK.fullmatch(check) or layer and layer not in LAYERS:
        abort(404, "The doctor has no such check.")
    place = PLACE.fullmatch(before)
    if before and not place:
        abort(404, "There is no such page of the history.")
    try:
        reached = (datetime.fromisoformat(place[1]), place[2]) if place else None
    except ValueError:
        abort(404, "There is no such page of the history.")
    return check, layer, bool(args.get("trouble")), reached


def _href(asked: Mapping[str, str]) -> str:
    query = urlencode({name: value for name, value in asked.items() if value})
    return "/doctor/history" + (f"?{query}" if query else "")
