"""Texts, files and archives that are made to hurt: read in a bounded time, or refused with a sentence."""

from __future__ import annotations

import io
import json
import time
import zipfile
from typing import Any

import pytest

from skyvern_ui.workflows.definition.difference import difference
from skyvern_ui.workflows.definition.document import BadText, as_text, from_text
from skyvern_ui.workflows.definition.matching import matched
from skyvern_ui.workflows.definition.outline import outline
from skyvern_ui.workflows.definition.problems import problems
from skyvern_ui.workflows.definition.references import hints, mentions, rename_block
from skyvern_ui.workflows.editor.cards import board_of
from skyvern_ui.workflows.editor.parameter_rules import rows_of
from skyvern_ui.workflows.transfer.preview_rules import items_of
from skyvern_ui.workflows.transfer.reading import Found, read_files

SMALL = "title: A\nworkflow_definition: {parameters: [], blocks: []}\n"
WHOLE = '{"title": "A", "x": 0, "workflow_definition": {"parameters": [], "blocks": []}}'
BLOCK = "title: A\nworkflow_definition:\n  parameters: []\n  blocks:\n  - {block_type: wait, label: a, wait_sec: %s}\n"


@pytest.mark.parametrize("number", ["0x" + "f" * 5000, "0b" + "1" * 20000, "0" + "7" * 6000, "9" * 5000,
                                    "1" + "_" * 9000 + "0", "1e999", "-.inf", ".nan", "1:" * 2000 + "1", "0o17",
                                    "+1_000.5e+400"])
def test_numbers_that_nobody_can_keep(number: str) -> None:
    """Refused, or a text, or a number that can be written as JSON and read again."""
    for text in (BLOCK % number, WHOLE.replace('"x": 0', f'"x": {number}')):
        try:
            document = from_text(text)
        except BadText as error:
            assert error.sentence and error.line >= 1
            continue
        assert json.loads(json.dumps(document, allow_nan=False)) == document
        assert from_text(as_text(document)) == document


@pytest.mark.parametrize("text", [
    "title: !!python/object/apply:os.system [id]\n", "title: !x A\n", "<<: {title: A}\n", "title: A\ntitle: B\n",
    "? [a, b]\n: 1\n", "title: *nobody\n", "&a [*a]\n", "title: \x07\n", '{"title": "\\ud800"}', "{" * 3000, "[" * 3000,
    "- " * 3000, "? " * 2000, "a: &a {b: *a}\n", '{"a":' * 3000, "%YAML 9.9\n---\ntitle: A\n",
    "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + at)}: &{chr(98 + at)} [{','.join(['*' + chr(97 + at)] * 9)}]\n" for at in range(9)),
    "&a " * 9000, "!!map " * 9000, "'" * 100_001, '"\\' * 60_000, "|" * 90_000, "#" * 1_900_000, "\n" * 1_900_000,
    "--- " * 9000])
def test_texts_that_are_no_workflow(text: str) -> None:
    begun = time.process_time()
    with pytest.raises(BadText) as said:
        from_text(text)
    assert said.value.sentence and time.process_time() - begun < 3


@pytest.mark.parametrize("text", ["---\nx\n" * 300_000, "[" + "{}," * 500_000 + "{}]", ("---\n" + SMALL) * 9000,
                                  "---\n" * 900_000, "--- a\n" * 400_000, "\r" * 4_000_000])
def test_files_of_very_many_parts(text: str) -> None:
    begun = time.process_time()
    found, troubles = read_files([("many.yaml", text.encode())])
    assert len(found) <= 200 and 1 <= len(troubles) < 500 and time.process_time() - begun < 8


def archive(names: dict[str, bytes], **more: Any) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **more) as made:
        for name, data in names.items():
            made.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize("data, words", [
    (archive({"a.yaml": b"#" * 3_900_000}), "beyond measure"),
    (archive({f"{at}.yaml": b"# x\n" * 900_000 for at in range(20)}), "beyond measure"),
    (archive({f"{at}.yaml": b"" for at in range(1200)}), "at most 1000"),
    (archive({"inner.zip": archive({"a.yaml": SMALL.encode()})}), "left out"),
    (archive({"a" * 60_000 + ".exe": b"x"}), "left out"),
    (archive({"../../../etc/x.yaml": SMALL.encode(), "C:\\x.yaml": b"\xff\xfe"}), "UTF-8"),
    (b"PK\x03\x04" + b"\0" * 3000, "damaged"), (b"PK\x05\x06" + b"\xff" * 18, "damaged"),
    (archive({"a.yaml": SMALL.encode()})[:-30], "damaged"),
])
def test_archives(data: bytes, words: str) -> None:
    begun = time.process_time()
    found, troubles = read_files([("files.zip", data)])
    told = " ".join(each.sentence for each in troubles)
    assert words in told and len(told) < 20_000 and time.process_time() - begun < 6
    assert all(len(each.file) < 400 for each in [*found, *troubles])


def test_an_archive_that_says_it_is_small() -> None:
    data = bytearray(archive({"a.yaml": b"# " + b"x" * 3_000_000}))
    place = data.rindex(b"PK\x01\x02")
    data[place + 24:place + 28] = (4).to_bytes(4, "little")
    found, troubles = read_files([("files.zip", bytes(data))])
    assert not found and troubles


@pytest.mark.parametrize("text", [
    "{{ " + "a." * 3900, "{{ " + "(" * 3000, "{% if a %}" * 700, "{{ a" + "|b" * 3000 + " }}", "{" * 90_000,
    "{{" * 45_000, "{#" * 45_000, "{{ '" + "\\" * 7000, "{{ 9" * 9000, "{{ " + "not " * 1900 + "a }}",
    "{{ " + "-" * 7900 + "1 }}", "{{ 9**9**9**9 }}", "{%-" * 30_000])
def test_templates_that_are_made_to_hurt(text: str) -> None:
    block = {"block_type": "navigation", "label": "a", "navigation_goal": text, "url": text}
    code = {"block_type": "code", "label": "b", "code": text + "\n" + "(" * 3000 + "#" * 3000}
    document = {"title": text, "workflow_definition": {"parameters": [], "blocks": [block, code]}}
    begun = time.process_time()
    assert items_of([Found("x", 1, document, None)])
    mentions(document, "a")
    rename_block(document, "a", "c")
    assert time.process_time() - begun < 2


def block_text(count: int, deep: int = 1) -> str:
    """So many blocks, in loops of `deep` inside each other, as YAML with one block to a line."""
    lines = ["title: A", "workflow_definition:", "  parameters: []", "  blocks:"]
    for at in range(count):
        pad = "    " * (at % deep) + "  "
        lines.append(f"{pad}- {{block_type: wait, label: b{at}, wait_sec: 1}}" if (at + 1) % deep == 0 else
                     f"{pad}- block_type: for_loop\n{pad}  label: b{at}\n{pad}  loop_blocks:")
    return "\n".join(lines)


def test_more_than_two_thousand_blocks_are_refused_where_they_begin() -> None:
    assert len(from_text(block_text(2000))["workflow_definition"]["blocks"]) == 2000
    for text, line in ((block_text(2001), 2005), (block_text(2010, 30), None)):
        with pytest.raises(BadText, match="more than 2,000 blocks") as said:
            from_text(text)
        assert said.value.line == line or line is None and said.value.line > 4
    wide = "a: &a {block_type: wait, label: a, wait_sec: 1}\n" + block_text(0) + " [" + "*a, " * 2500 + "]"
    for text in (wide, json.dumps({"title": "A", "workflow_definition": {"parameters": [], "blocks": [{}] * 2001}})):
        with pytest.raises(BadText, match="more than 2,000 blocks"):
            from_text(text)
    found, troubles = read_files([("big.yaml", block_text(2001).encode())])
    assert not found and (troubles[0].line, troubles[0].file) == (2005, "big.yaml")


def conditional(label: str, aims: list[str], after: str | None) -> dict[str, Any]:
    return {"block_type": "conditional", "label": label, "next_block_label": after, "branch_conditions": [
        {"criteria": None, "next_block_label": aim, "is_default": False} for aim in aims]}


def rest(at: int, after: str | None = None) -> dict[str, Any]:
    return {"block_type": "wait", "label": f"b{at}", "wait_sec": 1, "next_block_label": after}


MOST = 2000
TANGLES = {
    "each leads to five": [conditional(f"b{at}", [f"b{(at + way) % MOST}" for way in range(5)], None)
                           for at in range(MOST)],
    "a thousand walk the same way": [
        *(conditional(f"b{at}", [f"b{1000}", f"b{1000 + at}"], f"b{at + 1}") for at in range(1000)),
        *(rest(at, f"b{at + 1}" if at < MOST - 1 else None) for at in range(1000, MOST))],
    "one has very many ways": [conditional("b0", [f"b{1 + at % 1900}" for at in range(14_000)], f"b{MOST - 1}"),
                               *(rest(at, f"b{at + 1}" if at < MOST - 2 else None) for at in range(1, MOST))],
    "nothing leads to anything": [rest(at) for at in range(MOST)],
    "a tail behind a circle": [conditional("b0", ["b0", "b1"], None),
                               *(rest(at, f"b{at + 1}" if at < MOST - 1 else None) for at in range(1, MOST))],
}


@pytest.mark.parametrize("name", list(TANGLES))
def test_graphs_that_are_made_to_hurt(name: str) -> None:
    document = {"title": "A", "workflow_definition": {"version": 2, "parameters": [], "blocks": TANGLES[name]}}
    begun = time.process_time()
    assert len(list(outline(document).every_item())) == MOST
    hints(document, "b7"), problems(document), difference(document, {"title": "A"})
    assert time.process_time() - begun < 5


def test_texts_whose_lines_repeat_are_compared_soon() -> None:
    lines = [f"line {at % 150}" for at in range(60_000)]
    begun = time.process_time()
    for other in (lines[::-1], sorted(lines), lines[30_000:] + lines[:30_000], [*lines, "new"]):
        runs = matched(lines, other)
        assert all(lines[at:at + size] == other[there:there + size] for at, there, size in runs)
        assert all(one[0] + one[2] <= two[0] and one[1] + one[2] <= two[1]
                   for one, two in zip(runs, runs[1:], strict=False))
    assert time.process_time() - begun < 5
    long = [f"only {at}" for at in range(9000)]
    runs = matched(long, [*long[:4000], "new", *long[4001:]])
    assert sum(size for _, _, size in runs) == 8999, "a long text that hardly changed is hardly different"


def test_hundreds_of_one_name_have_short_ids() -> None:
    """A text can say so; only the text can put it right."""
    twins = [{"block_type": "wait", "label": "rest", "wait_sec": 1} for _ in range(400)]
    keys = [{"parameter_type": "workflow", "workflow_parameter_type": "string", "key": "lamp"} for _ in range(400)]
    document = {"title": "A", "workflow_definition": {"parameters": keys, "blocks": twins}}
    board = board_of(document)
    ids = [card.key for card in board.every_card()], [row.id for row in rows_of(document, board.problems)]
    assert all(len(set(each)) == 400 and max(map(len, each)) < 30 for each in ids)
