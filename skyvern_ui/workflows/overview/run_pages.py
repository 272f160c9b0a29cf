"""The runs of one workflow: the list of all runs, with the workflow fixed and only the filters that mean something."""

from __future__ import annotations

from typing import Any

from werkzeug.datastructures import MultiDict

from ...runs import listing
from ...runs.list_address import Pairs, address, chips, kept_pairs, query_of
from ...skyvern.values import RUN_STATUSES
from ..head import head_of

NAMES = ("q", "status", "person", "tags", "since", "until", "error_code", "page_size")
Json = dict[str, Any]


def runs_page(workflow: Json, args: MultiDict[str, str]) -> dict[str, Any]:
    """The tab: its filters, and the rows."""
    wpid = str(workflow["workflow_permanent_id"])
    context, _ = runs_table(wpid, args)
    mine = _mine(args)
    held = {name: [value for each, value in mine if each == name] for name in ("status", "tags")}
    said = {name: dict(mine).get(name, "") for name in ("q", "person", "since", "until", "error_code")}
    path = f"/workflows/{wpid}/runs"
    return context | {
        "head": head_of(workflow, "runs"), "filters": {**held, **said},
        "status_choices": [(each, each.replace("_", " ").capitalize()) for each in RUN_STATUSES],
        "is_private": listing.scope() is not None,
        "chosen": [(text, path + href.removeprefix("/runs")) for text, href in chips(mine, _words(mine))],
        "suggestions": (), "export_query": query_of([("workflow", wpid), *mine]),
        "more_count": sum(1 for name, _ in mine if name in ("tags", "since", "until", "error_code")),
    }


def runs_table(wpid: str, args: MultiDict[str, str]) -> tuple[dict[str, Any], list[Any]]:
    """The rows, and of what the tag of the polled fragment is made."""
    mine, page, path = _mine(args), listing.page_of(args), f"/workflows/{wpid}/runs"
    context = listing.table(MultiDict([("workflow", wpid), *mine, ("page", str(page))]))
    told = listing.told(context)
    more = {
        "wpid": wpid, "is_narrowed": bool([name for name, _ in mine if name != "page_size"]),
        "table_href": address(mine, page, f"{path}/table"), "retry_href": address(mine, page, path),
        "prev_href": address(mine, page - 1, path) if context["prev_href"] else None,
        "next_href": address(mine, page + 1, path) if context["next_href"] else None,
    }
    return context | more, told


def _mine(args: MultiDict[str, str]) -> Pairs:
    return [(name, value) for name, value in kept_pairs(args) if name in NAMES]


def _words(pairs: Pairs) -> dict[tuple[str, str], str]:
    words = {("status", each): each.replace("_", " ").capitalize() for each in RUN_STATUSES}
    words[("person", "me")] = "Started by me"
    return words | {(name, value): f"{'From' if name == 'since' else 'To'} {value} (UTC)"
                    for name, value in pairs if name in ("since", "until")}
