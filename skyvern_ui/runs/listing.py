"""What the templates of the list of runs are given."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import request

from ..access import claims_of, own_run_ids, preferences, skyvern
from ..request import signed_in
from ..skyvern.errors import Missing, SkyvernError
from ..skyvern.values import RUN_STATUSES, RUN_TYPES
from . import list_rules as rules
from .list_forms import KIND_LABELS, RunFilterForm


def table() -> dict[str, Any]:
    """The list as filtered by the address. With Skyvern away, the sentence that stands in its place."""
    form = RunFilterForm(request.args)
    valid, page, person = form.validate(), _page(), signed_in()
    kept = [(k, v) for k, v in request.args.items(multi=True) if k != "page" and v]
    filters = form.filters(page)
    context: dict[str, Any] = {
        "filters": {"q": form.q.data or "", "statuses": filters.statuses, "type": form.type.data or "",
                    "mine": form.mine.data, "page_size": filters.page_size},
        "status_choices": [(s, s.replace("_", " ").capitalize()) for s in RUN_STATUSES],
        "type_choices": [(k, KIND_LABELS[k]) for k in RUN_TYPES],
        "is_filtered": any(k != "page_size" for k, _ in kept), "table_href": "/runs/table?" + urlencode(
            [*kept, ("page", str(page))]),
        "prev_href": _page_href(kept, page - 1) if page > 1 else None, "next_href": None, "page_label": f"Page {page}",
        "runs": [], "live": False, "owners": {}, "reasons": {}, "problem": None,
        "problem_title": "The list cannot be shown.",
    }
    if not valid:
        told = " ".join(str(e) for errors in form.errors.values() for e in errors)
        return context | {"problem": told, "problem_title": "These filters do not fit together."}
    only_own = form.mine.data or (preferences()["private_runs"] and not person.is_admin)
    try:
        upstream = skyvern()
        found = (rules.list_own_runs(upstream, filters, own_run_ids(person)) if only_own
                 else rules.list_runs(upstream, filters))
        reasons = rules.reasons(upstream, found.rows)
    except Missing:
        return context | {"problem": "This release of Skyvern has no list of all runs (it came with 1.0.29)."}
    except SkyvernError as error:
        return context | {"problem": error.sentence}
    note = " of the newest 1,000 runs" if found.partial else ""
    return context | {"runs": found.rows, "live": found.live, "reasons": reasons, "page_label": f"Page {page}{note}",
                      "owners": claims_of([r.run_id for r in found.rows]),
                      "next_href": _page_href(kept, page + 1) if found.more else None}


def _page() -> int:
    text = request.args.get("page", "1")
    return min(max(int(text), 1), 100) if text.isascii() and text.isdigit() and len(text) < 5 else 1


def _page_href(kept: list[tuple[str, str]], page: int) -> str:
    return "/runs?" + urlencode([*kept, ("page", str(page))])
