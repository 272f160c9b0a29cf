"""What a list of workflows is filtered by, and what of it Skyvern can do."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...skyvern.values.tag import BadTag, parse_terms

SIZES, USUAL_SIZE = (20, 50, 100), 20
ONLY = {"favourites": "Favourites", "drafts": "My unsaved changes", "templates": "Templates", "saved": "Saved tasks"}
OWN = ("favourites", "drafts")  # what we know and Skyvern does not
FOLDER = re.compile(r"fld_[A-Za-z0-9_-]{1,60}")
LONGEST_SEARCH = 200


class BadFilter(ValueError):
    """Filters that do not fit, with the sentence that says why."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What to look for. Empty values do not filter; `only` are keys of ONLY."""

    search: str = ""
    folder: str = ""
    labels: tuple[str, ...] = ()
    only: frozenset[str] = frozenset()
    page: int = 1
    page_size: int = USUAL_SIZE

    @property
    def asked(self) -> list[tuple[str, str]]:
        """As `GET /v1/workflows` takes it, without the page (api 3.1)."""
        return [
            *((("search_key", self.search),) if self.search else ()),
            *((("folder_id", self.folder),) if self.folder else ()), *(("tags", term) for term in self.labels),
            *((("only_templates", "true"),) if "templates" in self.only else ()),
            *((("only_saved_tasks", "true"),) if "saved" in self.only else ()),
        ]


def read_filters(pairs: list[tuple[str, str]], page: int) -> Filters:
    """The filters that an address names. Raises BadFilter."""
    values = {name: [value for each, value in pairs if each == name] for name, _ in pairs}
    search, folder = (values.get(name, [""])[0] for name in ("q", "folder"))
    if len(search) > LONGEST_SEARCH or "\x00" in search:
        raise BadFilter(f"Search for at most {LONGEST_SEARCH} characters.")
    if folder and not FOLDER.fullmatch(folder):
        raise BadFilter("A folder is named by its id, which begins with fld_.")
    if unknown := set(values.get("only", ())) - set(ONLY):
        raise BadFilter(f"There is no filter named {min(unknown)[:40]!r}.")
    try:
        labels = parse_terms(values.get("labels", []))
    except BadTag as error:
        raise BadFilter(str(error).replace("tag", "label")) from None
    size = values.get("page_size", [""])[0]
    return Filters(search, folder, labels, frozenset(values.get("only", ())), page,
                   int(size) if size in map(str, SIZES) else USUAL_SIZE)
