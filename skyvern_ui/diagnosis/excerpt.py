"""A short, harmless piece of what was said: one line, no tags, no key."""

from __future__ import annotations

import re

MOST = 300
TAG = re.compile(r"<[^<>]*>")
TITLE = re.compile(r"<title[^<>]*>([^<]{0,500})", re.I)
KEYS = re.compile(  # what looks like one, whoever it belongs to: providers send back keys that we never knew
    r"eyJ[\w-]{8,}(?:\.[\w-]+)*"  # a JWT, or what is left of one; whatever begins so is taken, or time is lost on it
    r"|\b(?:sk|pk|rk|gsk|xai|or|hf|ghp|gho|github_pat)[-_][\w*.-]{12,}|\bAIza[\w-]{20,}|\b[0-9a-f]{32}\.[A-Za-z0-9]{16}\b"
    r"|(?:(?<=bearer )|(?<=basic ))[^\s\"',;]{8,}"
    r"|(?<=://)[^/\s:@]{1,200}:[^/\s@]{1,200}(?=@)"  # user and password in an address
    r"|(?:(?<=apikey=)|(?<=api_key=)|(?<=token=)|(?<=password=))[^&\s\"']{4,}"
    r"|(?:(?<=key provided: )|(?<=key provided:))[^\s\"',;]{4,}"
    r"|(?:(?<=api key: )|(?<=api_key: )|(?<=token: ))(?=\S*\d)[^\s\"',;]{6,}", re.I)
HIDDEN = "[hidden]"


def excerpt(text: str) -> str:
    """At most 300 characters in one line, without tags, control characters and what looks like a key."""
    line = "".join(c if c.isprintable() else " " for c in KEYS.sub(HIDDEN, TAG.sub(" ", text[:4000])))
    line = " ".join(line.replace("<", " ").split())
    return line if len(line) <= MOST else line[:MOST - 1].rstrip() + "…"


def masked(text: str | None) -> str:
    """The text without what looks like a key."""
    return KEYS.sub(HIDDEN, text or "")


def text_of_html(page: str) -> str:
    """The words of a page, its title first; what is inside script and style is left out. Takes time by its length
    only."""
    title = TITLE.search(page[:20_000])
    kept = page
    for name in ("script", "style", "!--"):
        kept = _without(kept, "<" + name, "-->" if name == "!--" else f"</{name}")
    words = " ".join(TAG.sub(" ", kept).split())
    named = " ".join(title.group(1).split()) if title else ""
    return words if not named or words.startswith(named) else f"{named}. {words}"


def _without(page: str, begin: str, end: str) -> str:
    """The page without these elements; one that does not end takes the rest with it."""
    lower, parts, at = page.lower(), [], 0
    if len(lower) != len(page):  # a letter whose small form is longer: leave it, tags go anyway
        return page
    while True:
        start = lower.find(begin, at)
        if start < 0:
            parts.append(page[at:])
            return " ".join(parts)
        parts.append(page[at:start])
        stop = lower.find(end, start)
        if stop < 0:
            return " ".join(parts)
        at = stop + len(end)
