"""What differs, told in words, in rows and by card: nothing is lost, and the work is bounded."""

from __future__ import annotations

import time
from copy import deepcopy
from datetime import datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from skyvern_ui.workflows.definition.difference import text_difference
from skyvern_ui.workflows.overview.drawing_rules import draw
from skyvern_ui.workflows.versions.card_rules import cards, in_few_words
from skyvern_ui.workflows.versions.saver_rules import Save, savers
from skyvern_ui.workflows.versions.side_rules import folded, rows
from skyvern_ui.workflows.versions.word_rules import pieces

TEXTS = st.text(st.sampled_from("ab \n.,é{}"), max_size=60)


@given(TEXTS, TEXTS)
def test_pieces_make_both_texts_again(before: str, after: str) -> None:
    found = pieces(before, after)
    assert "".join(each.text for each in found if each.kind != "new") == before
    assert "".join(each.text for each in found if each.kind != "gone") == after


def test_very_long_texts_are_not_compared_for_long() -> None:
    before, after = "a b " * 40_000, "b a " * 40_000
    begun = time.perf_counter()
    found = pieces(before, after)
    assert time.perf_counter() - begun < 2
    assert "".join(each.text for each in found if each.kind != "new") == before


def document(count: int) -> dict[str, Any]:
    blocks = [{"block_type": "navigation", "label": f"b{n}", "navigation_goal": f"Go to page {n}, then read on. " * 9}
              for n in range(count)]
    return {"title": "T", "workflow_definition": {"parameters": [], "blocks": blocks}}


def test_nothing_is_lost_in_500_blocks() -> None:
    before, after = document(500), document(500)
    for block in after["workflow_definition"]["blocks"]:
        block["navigation_goal"] += "Then stop."
    begun = time.perf_counter()
    found = cards(before, after)
    lines = rows(text_difference(before, after))
    assert time.perf_counter() - begun < 10
    assert len(found.blocks) == 500 and all(card.changes for card in found.blocks)
    assert found.words == "500 blocks changed."
    assert sum(row.kind == "changed" for row in lines) == 500
    assert draw(after).count == 500


@given(st.lists(st.sampled_from("abc"), max_size=30), st.lists(st.sampled_from("abcd"), max_size=30))
def test_rows_hold_every_line_once_and_folding_loses_only_what_is_the_same(old: list[str], new: list[str]) -> None:
    def of(lines: list[str]) -> dict[str, Any]:
        return {"title": "\n".join(lines), "workflow_definition": {"parameters": [], "blocks": []}}

    lines = text_difference(of(old), of(new))
    shown = rows(lines)
    for side, number in (("before", "old_no"), ("after", "new_no")):
        told = [getattr(row, side) for row in shown if getattr(row, side)]
        assert told == [(getattr(line, number), line.text) for line in lines if getattr(line, number) is not None]
    short = folded(shown)
    assert [row for row in short if row.kind not in ("same", "folded")] == [
        row for row in shown if row.kind != "same"]
    assert sum(row.folded or 1 for row in short) == len(shown)


def test_what_came_and_went_is_shown_whole_and_secrets_are_not() -> None:
    before, after = document(1), document(1)
    after["workflow_definition"]["blocks"].append({
        "block_type": "file_upload", "label": "send", "storage_type": "sftp", "sftp_host": "files.example.com",
        "sftp_password": "hunter2", "path": None})
    (card,) = cards(before, after).blocks
    assert card.how == "added" and {change.after for change in card.changes} == {"sftp", "files.example.com", "••••••"}
    assert in_few_words(after, before) == "1 block removed."
    assert in_few_words(before, deepcopy(before)) == "Nothing but the save itself."


def test_a_version_is_somebodys_by_its_number_else_by_the_moment() -> None:
    def at(second: int) -> datetime:
        return datetime(2026, 11, 21, 12, 0, second)

    versions = [{"version": n, "modified_at": f"2026-11-21T12:00:{second:02}"} for n, second in
                ((4, 50), (3, 30), (2, 29), (1, 1))]
    known = savers([Save("Cleo", at(49), 4, None), Save("Ben", at(31), None, None), Save("Ada", at(2), 1, None)],
                   versions)
    assert {number: save.name for number, save in known.items()} == {4: "Cleo", 3: "Ben", 1: "Ada"}
