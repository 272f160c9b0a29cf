"""What the palette offers by itself, and what fits the words that were typed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

LONGEST, EACH = 200, 5  # characters of a question; entries of a group


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: where it leads. What `writes` is a form that posts there. `also` are further words it is found by;
    `marked` is the title in pieces, each with whether it was asked for."""

    title: str
    href: str
    icon: str
    note: str = ""
    also: str = ""
    writes: bool = False
    status: str = ""
    marked: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Entries of one kind. `problem` says why there are none; `more_href` leads to all that fit."""

    key: str
    label: str
    entries: tuple[Entry, ...] = ()
    problem: str = ""
    more_href: str = ""
    more_label: str = ""


ACTIONS = (
    Entry("New task", "/tasks", "square-pen", also="run start prompt do"),
    Entry("New workflow", "/workflows/new", "plus", also="create blank template prompt make"),
    Entry("Import workflows", "/workflows/import", "upload", also="yaml json zip file"),
    Entry("New schedule", "/schedules/new", "calendar-clock", also="create cron every day time"),
)
FOR_ADMINS = (Entry("Add a person", "/settings/users/new", "user-plus", also="user invite member create"),)
LEAVING = Entry("Sign out", "/logout", "log-out", also="log out leave quit exit", writes=True)
PAGES = (
    Entry("Failed runs", "/runs/failures", "circle-x", also="errors problems why"),
    Entry("Your account", "/account", "user", also="password sessions profile me"),
    Entry("Notices", "/notices", "bell", also="alerts watch notifications email webhook"),
)
WORDS = {
    "/dashboard": "home start overview", "/runs": "history jobs results", "/inbox": "approve wait code human",
    "/workflows": "library agents automations", "/schedules": "cron plan calendar", "/settings/users": "users members",
    "/settings/audit": "log history who", "/doctor": "health diagnose broken check",
    "/settings/llms": "llm provider openai key", "/settings": "connection key skyvern", "/tasks": "prompt start",
    "/settings/services": "keys api credits programs",
}


def offered(pages: Iterable[Entry], is_admin: bool) -> tuple[Group, Group]:
    """Actions and pages for this person; `pages` are those of the navigation."""
    known = [replace(each, also=WORDS.get(each.href, "")) for each in pages if each.href != "/tasks"]
    return (Group("actions", "Actions", (*ACTIONS, *(FOR_ADMINS if is_admin else ()), LEAVING)),
            Group("pages", "Pages", (*known, *PAGES)))


def fitting(group: Group, text: str, most: int = EACH) -> Group:
    """The group's entries that hold every word of `text` at a word's beginning, titles before other words, marked."""
    wanted = words_of(text)
    if not wanted:
        return replace(group, entries=tuple(marked(each, wanted) for each in group.entries))
    found = [each for each in group.entries if _fits(f"{each.title} {each.also}", wanted)]
    found.sort(key=lambda each: not _fits(each.title, wanted))
    return replace(group, entries=tuple(marked(each, wanted) for each in found[:most]))


def words_of(text: str) -> list[str]:
    """The words that were typed, folded to one case."""
    return text.casefold().split()


def marked(entry: Entry, wanted: Sequence[str]) -> Entry:
    """The entry with the parts of its title that were asked for marked, each letter at most once."""
    title, folded = entry.title, entry.title.casefold()
    hit = [False] * len(title)
    if len(folded) == len(title):  # a title whose letters change their number when folded stays unmarked
        for word in wanted:
            place = folded.find(word)
            while word and place >= 0:
                hit[place:place + len(word)] = [True] * len(word)
                place = folded.find(word, place + len(word))
    pieces: list[tuple[str, bool]] = []
    for letter, is_hit in zip(title, hit, strict=True):
        if pieces and pieces[-1][1] == is_hit:
            pieces[-1] = (pieces[-1][0] + letter, is_hit)
        else:
            pieces.append((letter, is_hit))
    return replace(entry, marked=tuple(pieces))


def _fits(text: str, wanted: Sequence[str]) -> bool:
    held = text.casefold().replace("-", " ").split()
    return all(any(word.startswith(each) for word in held) for each in wanted)
