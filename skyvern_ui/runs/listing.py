"""What the templates of the list of runs are given."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from werkzeug.datastructures import MultiDict

from ..access import preferences, skyvern
from ..request import signed_in
from ..skyvern.client import Skyvern
from ..skyvern.errors import Missing, SkyvernError
from ..skyvern.values import RUN_STATUSES, RUN_TYPES
from ..skyvern.values.tag import Tag
from . import list_rules as rules
from .id_rules import follow
from .list_address import Pairs, address, chips, is_filtered, kept_pairs, query_of
from .list_forms import CATEGORIES, KIND_LABELS, SIZES, RunFilterForm, size_of
from .list_rules import RunFilters, RunPage
from .people_rules import Starter, names_of, starters
from .view_rules import views_of

POLL_SECONDS = 5.0
TITLES_ASKED = 5


def scope() -> str | None:
    """The one person whose runs may be seen; None when everybody's may."""
    person = signed_in()
    return person.id if preferences()["private_runs"] and not person.is_admin else None


def table(args: MultiDict[str, str]) -> dict[str, Any]:
    """The list as filtered by the address, without its form. With Skyvern away, the sentence in its place."""
    kept, page = kept_pairs(args), page_of(args)
    context: dict[str, Any] = {
        "is_filtered": is_filtered(kept), "table_href": address(kept, page, "/runs/table"),
        "retry_href": address(kept, page), "page_label": f"Page {page}", "notes": (), "nothing": None,
        "prev_href": address(kept, page - 1) if page > 1 else None, "next_href": None, "tags": {},
        "runs": [], "live": False, "owners": {}, "reasons": {}, "problem": None, "looked_at": None,
        "problem_title": "The list cannot be shown.", "kept": kept, "kept_query": query_of(kept),
        "poll_every": _jittered(POLL_SECONDS),
    }
    filters, told = read_filters(kept, page)
    if filters is None:
        return context | {"problem": told, "problem_title": "These filters do not fit together."}
    try:
        upstream = skyvern()
        found = rules.list_runs(upstream, filters, scope())
        reasons = rules.reasons(upstream, found.rows)
    except Missing:
        return context | {"problem": "This release of Skyvern has no list of all runs."}
    except SkyvernError as error:
        return context | {"problem": error.sentence}
    if not found.rows and filters.search:
        context["nothing"] = _sentence_of_id(upstream, filters.search)
    return context | {
        "runs": found.rows, "live": found.live, "reasons": reasons, "notes": found.notes,
        "looked_at": found.looked_at, "owners": names_of(r.run_id for r in found.rows),
        "tags": tags_of(upstream, [r.run_id for r in found.rows]),
        "next_href": address(kept, page + 1) if found.more else None,
    }


def told(context: dict[str, Any]) -> list[Any]:
    """What of a table's context is data: the fragment's tag is made of it."""
    names = ("runs", "owners", "reasons", "tags", "notes", "nothing", "looked_at", "problem", "kept", "prev_href",
             "next_href")
    return [context[name] for name in names]


def page_face(args: MultiDict[str, str]) -> dict[str, Any]:
    """The whole page: the table, the form with its choices, the chips and the person's views."""
    kept, person = kept_pairs(args), signed_in()
    with ThreadPoolExecutor(max_workers=2) as pool:
        upstream = _skyvern()
        options = pool.submit(workflow_options, upstream, args.get("find", ""), _all(kept, "workflow"))
        suggested = pool.submit(_suggestions, upstream)
        context = table(args)
        workflows, suggestions = options.result(), suggested.result()
    known = [] if scope() else [s for s in starters() if s.id != person.id]
    views = views_of(person.id)
    current = next((v for v in views if v.id == dict(kept).get("view")), None)
    query = query_of(kept, "view", "page_size")
    return context | {
        "filters": {name: _all(kept, name) for name in ("status", "type", "workflow", "tags")}
        | {name: dict(kept).get(name, "") for name in ("q", "person", "since", "until", "error_code", "category",
                                                       "view")}
        | {"page_size": size_of(dict(kept).get("page_size"))},
        "status_choices": [(s, s.replace("_", " ").capitalize()) for s in RUN_STATUSES],
        "type_choices": [(k, KIND_LABELS[k]) for k in RUN_TYPES], "sizes": SIZES, "categories": CATEGORIES,
        "people": known, "is_private": scope() is not None, "workflow_choices": workflows,
        "suggestions": suggestions, "chips": chips(kept, _words(kept, workflows, known)),
        "more_count": sum(1 for name, _ in kept if name in ("type", "workflow", "tags", "since", "until", "error_code",
                                                            "category")),
        "views": views, "view": current, "is_view_changed": bool(current and current.query != query),
        "query": query, "export_query": query_of(kept, "view", "page_size"), "view_error": None, "view_name": "",
    }


def read_filters(kept: Pairs, page: int) -> tuple[RunFilters | None, str]:
    """The filters, or None and the sentence that says what does not fit."""
    form = RunFilterForm(MultiDict(kept))
    problem = form.problems()
    return (None, problem) if problem else (form.filters(page, signed_in().id), "")


def page_of(args: MultiDict[str, str]) -> int:
    """Which page is asked for; 1 for anything senseless."""
    text = args.get("page", "1")
    return min(max(int(text), 1), 100) if text.isascii() and text.isdigit() and len(text) < 5 else 1


def tags_of(upstream: Skyvern, run_ids: list[str]) -> dict[str, tuple[Tag, ...]]:
    """The tags of these runs that people or programs set, without Skyvern's own. None where it has no tags."""
    asked = [run_id for run_id in run_ids if run_id.startswith("wr_")]
    try:
        held = upstream.list_tags_of_runs(asked) if asked else {}
    except SkyvernError:
        return {}
    return {run_id: found for run_id, tags in held.items() if (found := tuple(t for t in tags if not t.is_system))}


def workflow_options(upstream: Skyvern | None, words: str, chosen: list[str]) -> list[tuple[str, str]]:
    """Workflows to choose from, by title: those chosen, then the fifty changed last that fit the words."""
    if upstream is None:
        return [(wpid, wpid) for wpid in chosen]
    search = [("search_key", words.strip()[:200])] if words.strip() else []
    try:
        found = upstream.list_workflows([("page", "1"), ("page_size", "50"), *search])
    except SkyvernError:
        found = []
    titles = {workflow.permanent_id: workflow.title for workflow in found}
    missing = [wpid for wpid in chosen if wpid not in titles][:TITLES_ASKED]
    asked = {wpid: _title(upstream, wpid) for wpid in missing}
    first = [(wpid, titles.get(wpid) or asked.get(wpid) or wpid) for wpid in chosen]
    return [*first, *((wpid, title) for wpid, title in titles.items() if wpid not in chosen)]


def _title(upstream: Skyvern, wpid: str) -> str | None:
    try:
        return upstream.get_workflow_title(wpid) if wpid.isalnum() or wpid.replace("_", "").isalnum() else None
    except SkyvernError:
        return None


def _suggestions(upstream: Skyvern | None) -> list[str]:
    try:
        found = upstream.suggest_run_tags() if upstream else None
    except SkyvernError:
        found = None
    if found is None:
        return []
    grouped = [text for key, values in found.groups.items() for text in (f"{key}:*", *(f"{key}:{v}" for v in values))]
    return [*found.labels, *grouped][:200]


def _sentence_of_id(upstream: Skyvern, text: str) -> str | None:
    if text.startswith("pbs_"):
        return "No run is known to have used this browser session."
    try:
        lead = follow(upstream, text)
    except SkyvernError:
        return None
    return lead.sentence if lead and lead.sentence else None


def _words(kept: Pairs, workflows: list[tuple[str, str]], known: list[Starter]) -> dict[tuple[str, str], str]:
    words = {("workflow", wpid): f"Workflow: {title}" for wpid, title in workflows}
    words |= {("person", s.id): f"Started by {s.name}" for s in known} | {("person", "me"): "Started by me"}
    words |= {("status", s): s.replace("_", " ").capitalize() for s in RUN_STATUSES}
    words |= {("type", k): KIND_LABELS[k] for k in RUN_TYPES}
    return words | {(n, v): f"{'From' if n == 'since' else 'To'} {v} (UTC)" for n, v in kept if n in ("since", "until")}


def _all(kept: Pairs, name: str) -> list[str]:
    return [value for each, value in kept if each == name]


def _skyvern() -> Skyvern | None:
    try:
        return skyvern()
    except SkyvernError:
        return None


def _jittered(seconds: float) -> str:
    """Not everybody asks in the same moment."""
    return f"{round(seconds * random.uniform(0.8, 1.2) * 1000)}ms"


__all__ = ["RunPage", "page_face", "page_of", "read_filters", "scope", "table", "tags_of", "told", "workflow_options"]
