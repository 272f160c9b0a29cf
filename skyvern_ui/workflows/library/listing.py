"""What the templates of the library are given."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from werkzeug.datastructures import MultiDict

from ...access import skyvern
from ...request import signed_in
from ...skyvern.client import Skyvern
from ...skyvern.errors import SkyvernError
from ...skyvern.values.library import Folder, LabelValue, WorkflowRow
from ...skyvern.values.tag import Tag
from ..drafts.rules import is_new_ref, list_drafts
from ..labels.rules import Palette
from .address import Pairs, address, chips, is_untidy, kept_pairs, page_of, query_of, with_folder
from .filter_rules import ONLY, SIZES, USUAL_SIZE, BadFilter, Filters, read_filters
from .list_rules import anything_at_all, edits_of, favourites_of, list_page

T = TypeVar("T")


def table(args: MultiDict[str, str], upstream: Skyvern | None = None,
          known: tuple[list[Folder], Palette] | None = None) -> dict[str, Any]:
    """The list as filtered by the address, without its form. With Skyvern away, the sentence in its place."""
    kept, page, person = kept_pairs(args), page_of(args), signed_in()
    drafts = {each.wpid: each for each in list_drafts(person.id)}
    context: dict[str, Any] = {
        "is_filtered": any(name != "page_size" for name, _ in kept),
        "list_href": address(kept, page, "/workflows/list"),
        "retry_href": address(kept, page), "page_label": f"Page {page}", "kept_query": query_of(kept),
        "prev_href": address(kept, page - 1) if page > 1 else None, "next_href": None, "rows": [], "labels": {},
        "favourites": set(), "drafts": drafts, "begun": [d for d in drafts.values() if is_new_ref(d.wpid)],
        "edits": {}, "folder_titles": {}, "palette": Palette(()), "problem": None, "is_first": False,
        "problem_title": "The list cannot be shown.", "looked_at": None, "search": dict(kept).get("q", ""),
    }
    try:
        filters = read_filters(kept, page)
    except BadFilter as error:
        return context | {"problem": str(error), "problem_title": "These filters do not fit together.",
                          "retry_href": "/workflows"}
    favourites = favourites_of(person.id)
    try:
        upstream = upstream or skyvern()
        found = list_page(upstream, filters, _wanted(filters, favourites, set(drafts)))
        is_first = not found.rows and page == 1 and not context["is_filtered"] and not anything_at_all(upstream)
    except SkyvernError as error:
        return context | {"problem": error.sentence}
    folders, palette = known or (folders_of(upstream), palette_of(upstream))
    return context | {
        "rows": found.rows, "looked_at": found.looked_at, "is_first": is_first, "favourites": favourites,
        "edits": edits_of([row.wpid for row in found.rows]), "labels": labels_of(upstream, found.rows),
        "folder_titles": {each.folder_id: each.title for each in folders}, "palette": palette,
        "next_href": address(kept, page + 1) if found.more else None,
    }


def page_face(args: MultiDict[str, str]) -> dict[str, Any]:
    """The whole page: the list, its form with choices, and the folders beside it."""
    kept = kept_pairs(args)
    upstream = _quietly(skyvern, None)
    folders: list[Folder] = []
    palette = Palette(())
    if upstream is not None:
        with ThreadPoolExecutor(max_workers=2) as pool:
            asked = pool.submit(folders_of, upstream), pool.submit(palette_of, upstream)
            folders, palette = asked[0].result(), asked[1].result()
    context = table(args, upstream, (folders, palette))
    folder = dict(kept).get("folder", "")
    words = {("folder", each.folder_id): f"Folder: {each.title}" for each in folders}
    words |= {("only", key): title for key, title in ONLY.items()}
    return context | {
        "filters": {"q": dict(kept).get("q", ""), "folder": folder, "only": _all(kept, "only"),
                    "labels": _all(kept, "labels"), "page_size": _size(dict(kept).get("page_size", ""))},
        "only_choices": list(ONLY.items()), "sizes": SIZES, "chips": chips(kept, words), "folders": folders,
        "folder_links": [(each, with_folder(kept, each.folder_id)) for each in folders],
        "every_folder_href": with_folder(kept, ""), "groups": palette.groups,
        "own_labels": [text for text in _all(kept, "labels") if not palette.knows(text)],
        "suggestions": palette.terms,
    }


def labels_of(upstream: Skyvern, rows: list[WorkflowRow]) -> dict[str, tuple[Tag, ...]]:
    """The labels of these workflows; none where this release of Skyvern has none."""
    ids = [row.wpid for row in rows]
    return _quietly(lambda: upstream.list_labels_of_workflows(ids), {}) if ids else {}


def folders_of(upstream: Skyvern) -> list[Folder]:
    """All folders by name; none where this release of Skyvern has none."""
    none: list[Folder] = []
    return sorted(_quietly(upstream.list_folders, none), key=lambda each: each.title.casefold())


def palette_of(upstream: Skyvern) -> Palette:
    """The groups, values and colours there are."""
    none: list[LabelValue] = []
    return Palette(tuple(_quietly(upstream.list_label_values, none)))


def _wanted(filters: Filters, favourites: set[str], drafts: set[str]) -> set[str] | None:
    if not filters.only & {"favourites", "drafts"}:
        return None
    if filters.only >= {"favourites", "drafts"}:
        return favourites & drafts
    return {each for each in (favourites if "favourites" in filters.only else drafts) if not is_new_ref(each)}


def _quietly(ask: Callable[[], T], otherwise: T) -> T:
    try:
        return ask()
    except SkyvernError:
        return otherwise


def _all(kept: Pairs, name: str) -> list[str]:
    return [value for each, value in kept if each == name]


def _size(text: str) -> int:
    return int(text) if text in map(str, SIZES) else USUAL_SIZE


__all__ = ["address", "folders_of", "is_untidy", "kept_pairs", "labels_of", "page_face", "page_of", "palette_of",
           "table"]
