"""Addresses with numbers that nobody has: no page of workflows, schedules or the palette breaks, and Skyvern is never
asked for them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

import skyvern_ui

from ..sandbox_server import Sandbox
from ..support.people import Browser
from .batches.tables import started, workflow
from .library.shelf import put

FEATURES = ("workflows", "schedules", "palette")
PLACE = re.compile(r"<(?:(int)[^<>]*:|[^<>]*:)?(\w+)>")
ASKED = re.compile(r"args(?:\.get|\.getlist)?[(\[]\"(\w+)\"|_number\(\"(\w+)\"")
HUGE = "9" * 30


def paths(app: Flask, wpid: str, odd: str) -> list[str]:
    """Every page, with the odd number wherever its address has one."""
    def put_in(place: re.Match[str]) -> str:
        return odd if place[1] else wpid if place[2] == "wpid" else "none_such"

    return [PLACE.sub(put_in, rule.rule) for rule in app.url_map.iter_rules()
            if rule.endpoint.split(".")[0] in FEATURES and "GET" in (rule.methods or ())]


def asked_names() -> set[str]:
    """What any page of these features, and the list of runs within them, reads from its address."""
    root = Path(skyvern_ui.__file__).parent
    return {"page", "page_size", "size", "version", "from", "to"} | {
        name for feature in FEATURES for file in (root / feature).rglob("*.py")
        for found in ASKED.findall(file.read_text("utf-8")) for name in found if name}


@pytest.mark.parametrize(("odd", "database_url"), [(HUGE, "postgres"), ("9" * 5000, "sqlite"), ("²", "sqlite")],
                         indirect=["database_url"], ids=["huge", "endless", "superscript"])
def test_odd_numbers_in_addresses(connected: Flask, ada: Browser, sandbox: Sandbox, odd: str) -> None:
    wpid, names = put(sandbox, "Order"), asked_names()
    assert {"version", "page", "after", "from"} <= names
    sandbox.forget_calls()
    told = {path: ada.client.get(path, query_string=dict.fromkeys(names - {"copy"}, odd)).status_code
            for path in paths(connected, wpid, odd)}
    assert not {path: status for path, status in told.items() if status >= 500} and len(told) > 60
    asked = [each["target"][:300] for each in sandbox.requests("/") if HUGE in each["target"]]
    words = re.compile(r"(search|search_key|tags)=9")
    assert not [each for each in asked if not words.search(each)], "only words may be looked for"


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_row_that_no_table_has(connected: Flask, ben: Browser, sandbox: Sandbox) -> None:
    where = started(ben, workflow(sandbox))
    assert ben.get(f"{where}?after={HUGE}").status == 200
    assert ben.post(f"{where}/rows/{HUGE}/answer", {"started": "no"}).status == 404
    assert ben.post(f"{where}/retries", {"row": HUGE}).status == 303
