"""Code in colours and side by side, whatever it holds."""

from __future__ import annotations

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from skyvern_ui.skyvern.values.script import Code
from skyvern_ui.workflows.scripts.colours import coloured
from skyvern_ui.workflows.scripts.rules import changed_lines, compared

CODE = '''async def run(page):
    """Two
    lines"""  # said
    return 1.5
'''


def test_colours() -> None:
    kinds = [(kind, text) for line in coloured(CODE) for kind, text in line if kind]
    assert kinds == [("keyword", "async"), ("keyword", "def"), ("string", '"""Two'), ("string", '    lines"""'),
                     ("comment", "# said"), ("keyword", "return"), ("number", "1.5")]


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab'\"#\\\n\t (){}:0.\x0c\u2028é"), max_size=200))
def test_no_letter_is_lost(text: str) -> None:
    assert ["".join(piece for _, piece in line) for line in coloured(text)] == text.splitlines()


def test_long_code_is_quick() -> None:
    began = time.process_time()
    coloured("x = 'a'\n" * 12_000)
    changed_lines([f"line {n}" for n in range(7000)], [f"other {n}" for n in range(7000)])
    assert time.process_time() - began < 2


def test_the_lines_around_a_change_and_how_many_are_left_out() -> None:
    old = [str(n) for n in range(20)]
    found = changed_lines(old, [*old[:10], "new", *old[11:]])
    assert [(line.kind, line.old_no, line.new_no) for line in found[:5]] == [
        ("gap", None, None), ("same", 8, 8), ("same", 9, 9), ("same", 10, 10), ("removed", 11, None)]
    assert found[0].text == "7 lines the same" and found[-1].text == "6 lines the same"


def test_files_that_came_and_went() -> None:
    before, after = Code(1, {"main.py": "a", "old.py": "b"}), Code(2, {"main.py": "a", "new.py": "c"})
    assert [(each.name, each.how) for each in compared(before, after)] == [("new.py", "added"), ("old.py", "removed")]
