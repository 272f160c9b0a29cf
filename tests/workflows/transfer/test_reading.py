"""Files that somebody brought: read strictly, each mistake at its line, and no ZIP may grow in our hands."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from skyvern_ui.workflows.transfer import reading
from skyvern_ui.workflows.transfer.files import file_name, slug, wpid_in
from skyvern_ui.workflows.transfer.reading import read_files

YAML = """title: Order
workflow_definition:
  parameters: []
  blocks:
  - block_type: goto_url
    label: open_shop
    url: https://shop.example.com
"""


def packed(*entries: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return out.getvalue()


def one(name: str, data: bytes | str) -> tuple[list[str], list[tuple[str, str, int | None]]]:
    found, troubles = read_files([(name, data.encode() if isinstance(data, str) else data)])
    return [each.document["title"] for each in found], [(t.file, t.sentence, t.line) for t in troubles]


def test_yaml_json_and_zip_are_read() -> None:
    document = {"title": "B", "workflow_definition": {"parameters": [], "blocks": []}}
    assert one("a.yaml", YAML) == (["Order"], [])
    assert one("a.yaml", "\ufeff# made by hand\r\n---\r\n" + YAML.replace("\n", "\r\n")) == (["Order"], [])
    assert one("b.json", json.dumps(document)) == (["B"], [])
    assert one("b.json", json.dumps([document, document | {"title": "C"}])) == (["B", "C"], [])
    assert one("b.json", json.dumps({"json_definition": document})) == (["B"], [])
    assert one("b.json", json.dumps({"yaml_definition": YAML})) == (["Order"], [])
    both = packed(("x/a.yaml", YAML.encode()), ("b.json", json.dumps(document).encode()), ("__MACOSX/a.yaml", b"x"),
                  ("left-out.txt", b"x"))
    assert one("all.zip", both) == (["Order", "B"], [])


def test_several_in_one_file_with_the_line_of_each_mistake() -> None:
    broken, last = (YAML.replace("Order", title) for title in ("Broken: [", "C"))
    text = f"# three\n---\n{YAML}---\n{broken}---\n{last}"
    found, troubles = read_files([("many.yaml", text.encode())])
    assert [(each.document["title"], each.line) for each in found] == [("Order", 2), ("C", 18)]
    assert len(troubles) == 1 and troubles[0].line is not None and 11 <= troubles[0].line <= 17


def test_what_skyvern_reads_out_becomes_a_document() -> None:
    block = {"block_type": "goto_url", "label": "a", "url": "https://shop.example.com", "output_parameter": {}}
    read = {"title": "Order", "workflow_permanent_id": "wpid_7", "workflow_id": "w_1", "version": 3,
            "workflow_definition": {"parameters": [{"parameter_type": "output", "key": "a_output"}], "blocks": [block]}}
    found, _ = read_files([("a.json", json.dumps(read).encode())])
    definition = found[0].document["workflow_definition"]
    assert found[0].wpid == "wpid_7" and definition["parameters"] == [] and "version" not in found[0].document
    assert "output_parameter" not in definition["blocks"][0]


def test_a_file_without_a_title_is_called_by_its_name() -> None:
    assert one("Night shift.yaml", YAML.replace("title: Order\n", "")) == (["Night shift"], [])
    assert read_files([("order-wpid_12.yaml", YAML.encode())])[0][0].wpid == "wpid_12"


@pytest.mark.parametrize(("name", "data", "words"), [
    ("a.yaml", b"\xff\xfe\x00", "UTF-8"), ("a.yaml", b"", "no workflow"),
    ("a.yaml", b"# nothing\n---\n", "no workflow"), ("a.yaml", b"just words", "workflow"),
    ("a.json", b"{", ""), ("a.zip", b"PK\x03\x04nonsense", "damaged"),
    ("a.zip", b"", "damaged"), ("a.zip", packed(("x.pdf", b"1")), "Only .yaml"),
    ("a.zip", packed(("x.zip", packed(("a.yaml", YAML.encode())))), "Only .yaml"),
    ("a.yaml", b"x" * (reading.LARGEST_TEXT + 1), "larger than"), ("a.yaml", b"a: &x [*x]", "")])
def test_what_cannot_be_read_is_a_sentence(name: str, data: bytes, words: str) -> None:
    titles, troubles = one(name, data)
    assert titles == [] and len(troubles) == 1 and words in troubles[0][1] and troubles[0][1].endswith(".")


def test_a_zip_bomb_is_read_no_further() -> None:
    flat = packed(("a.yaml", b" " * 3_000_000))
    assert len(flat) < 10_000 and "beyond measure" in one("bomb.zip", flat)[1][0][1]
    many = packed(*((f"{n}.yaml", b"#" * 400_000 + bytes([65 + n % 26])) for n in range(300)))
    titles, troubles = one("many.zip", many)
    assert titles == [] and any("too large" in sentence for _, sentence, _ in troubles)
    crowd = packed(*((f"{n}.txt", b"") for n in range(reading.MOST_ENTRIES + 1)))
    assert "at most 1000" in one("crowd.zip", crowd)[1][0][1]


def test_the_size_a_zip_claims_is_not_believed() -> None:
    real = b"#" + bytes(n % 251 for n in range(400_000)) * 12
    data = bytearray(packed(("a.yaml", real), method=zipfile.ZIP_STORED))
    place = data.rindex(b"PK\x01\x02")
    data[place + 24:place + 28] = (10).to_bytes(4, "little")
    titles, troubles = one("liar.zip", bytes(data))
    assert titles == [] and len(troubles) == 1


def test_an_encrypted_zip_says_so() -> None:
    data = bytearray(packed(("a.yaml", YAML.encode())))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    assert "encrypted" in one("a.zip", bytes(data))[1][0][1]


def test_at_most_two_hundred_at_once() -> None:
    found, troubles = read_files([("many.yaml", ("---\n" + YAML).encode() * 203)])
    assert len(found) == 200 and "3 more were left out" in troubles[0].sentence


@pytest.mark.parametrize(("title", "name"), [
    ("Order a Lamp!", "order-a-lamp"), ("Größe: 3 m²", "groe-3-m2"), ("日本", "workflow"), ("../../etc", "etc"),
    ("x" * 90, "x" * 60), ("-a-", "a")])
def test_names_of_files_are_plain_and_lead_back(title: str, name: str) -> None:
    assert slug(title) == name
    made = file_name({"title": title, "workflow_permanent_id": "wpid_42"})
    assert wpid_in("folder/" + made) == "wpid_42" and "/" not in made
