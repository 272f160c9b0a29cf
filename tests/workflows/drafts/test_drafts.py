"""A draft loses nothing: not in two windows, not after a hundred steps, not when it is undone."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from skyvern_ui.extensions import db
from skyvern_ui.models import DraftRevision, WorkflowDraft
from skyvern_ui.workflows.drafts import rules
from skyvern_ui.workflows.drafts.rules import Draft, Stale, TooLarge

WPID = "wpid_1"


def read(title: str = "Lamps", version: int = 3) -> dict[str, Any]:
    """A workflow as Skyvern reads it out."""
    return {"title": title, "version": version, "workflow_id": "w_1",
            "workflow_definition": {"parameters": [], "blocks": []}}


def named(title: str) -> dict[str, Any]:
    return {"title": title, "workflow_definition": {"parameters": [], "blocks": []}}


def begun(*titles: str) -> Draft:
    draft = rules.open_draft("user-ben", WPID, read())
    for title in titles:
        draft = rules.step(draft, named(title), f"Title {title}")
    return draft


def rows() -> int:
    found = db.session.scalar(select(func.count()).select_from(DraftRevision))
    db.session.remove()
    return int(found or 0)


def test_looking_writes_nothing_and_the_first_change_does(app: Flask) -> None:
    with app.app_context():
        draft = rules.looked_at("user-ben", WPID, read())
        assert (draft.id, draft.is_changed, draft.base_version) == (None, False, 3)
        assert rules.current("user-ben", WPID) is None and rows() == 0
        draft = rules.step(draft, named("More lamps"), "Title")
        assert (draft.document["title"], draft.base["title"]) == ("More lamps", "Lamps")
        assert draft.is_changed and draft.undoes == "Title" and draft.redoes is None


def test_a_draft_is_its_owners_and_is_found_again(app: Flask) -> None:
    with app.app_context():
        begun("One")
        assert rules.current("user-cleo", WPID) is None
        again = rules.open_draft("user-ben", WPID, read("Changed by others", 9))
        assert (again.document["title"], again.base_version) == ("One", 3)
        assert [each.title for each in rules.list_drafts("user-ben")] == ["One"]
        assert rules.list_drafts("user-cleo") == []


def test_steps_go_back_and_forth_to_the_beginning(app: Flask) -> None:
    with app.app_context():
        begun("One", "Two", "Three")
        back = [rules.undo("user-ben", WPID) for _ in range(4)]
        assert [each.document["title"] for each in back if each] == ["Two", "One", "Lamps", "Lamps"]
        assert back[3] and back[3].undoes is None and back[3].redoes == "Title One" and not back[3].is_changed
        forth = [rules.redo("user-ben", WPID) for _ in range(4)]
        assert [each.document["title"] for each in forth if each] == ["One", "Two", "Three", "Three"]


def test_a_step_after_an_undo_ends_what_could_be_done_again(app: Flask) -> None:
    with app.app_context():
        begun("One", "Two")
        back = rules.undo("user-ben", WPID)
        assert back is not None
        other = rules.step(back, named("Other"), "Other")
        assert other.redoes is None
        again, undone = rules.redo("user-ben", WPID), rules.undo("user-ben", WPID)
        assert again and again.document["title"] == "Other" and undone and undone.document["title"] == "One"


def test_the_slower_of_two_windows_is_told_and_nothing_is_lost(app: Flask) -> None:
    with app.app_context():
        mine = theirs = begun("One")
        rules.step(theirs, named("Theirs"), "Theirs")
        with pytest.raises(Stale):
            rules.step(mine, named("Mine"), "Mine")
        rules.undo("user-ben", WPID)
        with pytest.raises(Stale):  # the number that was undone is not given to another document
            rules.step(Draft(**{**_fields(mine), "position": mine.position + 1}), named("Mine"), "Mine")
        now = rules.redo("user-ben", WPID)
        assert now and now.document["title"] == "Theirs"


def test_of_many_windows_that_write_at_once_each_is_kept_or_told(app: Flask) -> None:
    with app.app_context():
        draft = begun("One")
    told: list[str] = []
    together = threading.Barrier(6)

    def write(number: int) -> None:
        with app.app_context():
            together.wait()
            try:
                rules.step(draft, named(f"Window {number}"), "Title")
                told.append(f"Window {number}")
            except Stale:
                pass
            finally:
                db.session.remove()

    windows = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for each in windows:
        each.start()
    for each in windows:
        each.join(30)
    with app.app_context():
        now = rules.current("user-ben", WPID)
        assert len(told) == 1 and now and now.document["title"] == told[0]


def test_two_windows_that_begin_at_once_have_one_draft(app: Flask) -> None:
    with app.app_context():
        first, second = (rules.looked_at("user-ben", WPID, read()) for _ in range(2))
        rules.step(first, named("First"), "First")
        with pytest.raises(Stale):
            rules.step(second, named("Second"), "Second")
        count = db.session.scalar(select(func.count()).select_from(WorkflowDraft))
        db.session.remove()
        assert count == 1


def test_typing_joins_into_one_step(app: Flask) -> None:
    with app.app_context():
        draft = begun("One")
        for text in ("T", "Ty", "Typ", "Typed"):
            draft = rules.step(draft, named(text), "login: Goal", joins=True)
        draft = rules.step(draft, named("Elsewhere"), "login: Page", joins=True)
        back = [rules.undo("user-ben", WPID) for _ in range(2)]
        assert [each.document["title"] for each in back if each] == ["Typed", "One"]


def test_a_hundred_steps_are_kept_and_no_more(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST_REVISIONS", 5)
    with app.app_context():
        begun(*(f"Step {number}" for number in range(9)))
        assert rows() == 5
        titles = []
        for _ in range(6):
            back = rules.undo("user-ben", WPID)
            assert back is not None
            titles.append(back.document["title"])
        assert titles == ["Step 7", "Step 6", "Step 5", "Step 4", "Step 4", "Step 4"]
        assert back.undoes is None and back.base["title"] == "Lamps"


def test_what_is_too_large_is_refused_and_changes_nothing(app: Flask) -> None:
    with app.app_context():
        draft = begun("One")
        with pytest.raises(TooLarge, match="4 MB"):
            rules.step(draft, named("x" * (4 * 1024 * 1024)), "Title")
        assert rules.current("user-ben", WPID) == draft


def test_every_text_comes_back_as_it_was(app: Flask) -> None:
    odd = "Zürich \u2028 \x00 \ud800 \U0001f600"
    with app.app_context():
        begun(odd)
        now = rules.current("user-ben", WPID)
        assert now and now.document["title"] == odd and list(now.document) == ["title", "workflow_definition"]


def test_new_workflows_have_drafts_of_their_own(app: Flask) -> None:
    with app.app_context():
        one, two = (rules.new_draft("user-ben", named(title)) for title in ("One", "Two"))
        assert one.wpid != two.wpid and one.is_new and one.is_changed
        assert rules.discard("user-ben", one.wpid) and not rules.discard("user-ben", one.wpid)
        assert rules.current("user-ben", one.wpid) is None and rows() == 1


def test_on_top_of_another_version_no_step_leads_behind_it(app: Flask) -> None:
    with app.app_context():
        draft = begun("One", "Two")
        top = rules.put_on_top(draft, read("Theirs", 4), named("Both"))
        assert (top.base_version, top.base["title"], top.document["title"]) == (4, "Theirs", "Both")
        back = [rules.undo("user-ben", WPID) for _ in range(3)]
        assert {each.document["title"] for each in back if each} == {"Theirs"}
        with pytest.raises(Stale):
            rules.put_on_top(draft, read("Theirs", 5), named("Both"))


def _fields(draft: Draft) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in draft.__dataclass_fields__}
