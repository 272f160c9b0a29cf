"""What fits the words that were typed, and which letters of it are marked."""

from __future__ import annotations

from skyvern_ui.palette.rules import Entry, Group, fitting, marked


def test_words_are_found_by_their_beginning_and_marked() -> None:
    group = Group("pages", "Pages", (Entry("Failed runs", "/a", "x", also="errors"), Entry("Runs", "/b", "x"),
                                     Entry("People", "/c", "x", also="runners")))
    assert [each.href for each in fitting(group, "RUN").entries] == ["/a", "/b", "/c"]
    assert [each.href for each in fitting(group, "run err").entries] == ["/a"]
    assert fitting(group, "uns").entries == ()
    assert marked(Entry("Failed runs", "/a", "x"), ["run", "f"]).marked == (
        ("F", True), ("ailed ", False), ("run", True), ("s", False))
    assert marked(Entry("İ", "/a", "x"), ["i"]).marked == (("İ", False),)
