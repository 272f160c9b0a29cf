from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from skyvern_ui.workflows.definition.changes import Place, members, move
from skyvern_ui.workflows.definition.outline import Jump, outline
from skyvern_ui.workflows.definition.problems import problems
from skyvern_ui.workflows.definition.walk import labels

from .samples import branch, chained, document, loop

Json = dict[str, Any]


def wait(label: str, following: str | None = None) -> Json:
    return {"block_type": "wait", "label": label, "wait_sec": 1, "next_block_label": following}


links = st.sampled_from([None, "a", "b", "c", "d", "nowhere"])
blocks = st.recursive(
    st.builds(wait, st.sampled_from("abcd"), links),
    lambda inner: st.builds(lambda label, body: {"block_type": "for_loop", "label": label, "loop_blocks": body},
                            st.sampled_from("abcd"), st.lists(inner, max_size=3))
    | st.builds(lambda label, aims, after: {"block_type": "conditional", "label": label, "next_block_label": after,
                                            "branch_conditions": [{"next_block_label": aim} for aim in aims]},
                st.sampled_from("abcd"), st.lists(links, max_size=3), links), max_leaves=8)


@settings(max_examples=120, deadline=None)
@given(st.lists(blocks, max_size=5))
def test_every_block_is_shown_once_whatever_the_labels_say(there: list[Json]) -> None:
    made = document(there)
    shown = [id(item.block) for item in outline(made).every_item()]
    assert len(shown) == len(set(shown)) == len(labels(made))


def test_ways_end_where_they_meet() -> None:
    made = document([branch("fork", "one", "two", after=None), wait("one", "end"), wait("two", "end"), wait("end")])
    drawn = outline(made)
    assert [item.label for item in drawn.items] == ["fork", "end"]  # type: ignore[union-attr]
    assert [[item.label for item in way.items] for way in drawn.items[0].ways] == [["one"], ["two"]]  # type: ignore


def test_a_way_that_goes_on_elsewhere_is_a_jump() -> None:
    made = document([branch("fork", "one", "two"), wait("one", "two"), wait("two")])
    ways = outline(made).items[0].ways  # type: ignore[union-attr]
    assert [[getattr(item, "label", None) for item in way.items] for way in ways] in (
        [["one"], []], [["one", "two"], ["two"]])


def test_what_nothing_leads_to_is_loose() -> None:
    drawn = outline(document([wait("a", "b"), wait("b"), wait("c")]))
    assert [item.label for item in drawn.loose] == ["c"]


def test_five_hundred_blocks_in_loops_and_ways() -> None:
    heads = [branch(f"f{at}", f"w{at}", None, after=f"f{at + 1}" if at < 99 else None) for at in range(100)]
    inner = [wait(f"w{at}", f"f{at + 1}" if at < 99 else None) for at in range(100)]
    loops = [loop("for_loop", f"l{at}", chained([wait(f"x{at}_{step}") for step in range(5)])) for at in range(50)]
    made = document([*chained(loops, "f0"), *(each for pair in zip(heads, inner, strict=True) for each in pair)])
    drawn = outline(made)
    assert sum(1 for _ in drawn.every_item()) == 500
    assert drawn.loose == []
    assert [each for each in problems(made) if each.stops] == []
    assert len(labels(move(made, "l3", Place(way=("f7", 1))))) == 500


def test_a_hundred_and_more_loops_and_ways_in_each_other() -> None:
    for depth in (100, 400):
        block = wait("in")
        for level in range(depth):
            block = loop("for_loop", f"l{level}", [block])
        made = document([block], version=2)
        assert sum(1 for _ in outline(made).every_item()) == depth + 1
        assert len(members(made, f"l{depth - 1}")) == depth
        assert [each for each in problems(made) if each.stops] == []


def test_ways_in_ways_are_shown_up_to_a_depth_and_then_below() -> None:
    forks = [branch(f"f{at}", f"f{at + 1}" if at < 99 else "end", None) for at in range(100)]
    drawn = outline(document([*forks, wait("end")]))
    assert sum(1 for _ in drawn.every_item()) == 101
    assert any(isinstance(each, Jump) for item in drawn.every_item() for way in item.ways for each in way.items)
