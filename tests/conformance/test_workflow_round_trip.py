"""Our description of workflows against the real Skyvern: what it reads out it takes back and it stays the same; what
we say it refuses it refuses, and nothing else; and every field that it takes is in the catalogue."""

from __future__ import annotations

import json
import subprocess
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest
import requests

from skyvern_ui.workflows.definition.catalogue import (
    BLOCKS,
    DEFINITION_SETTINGS,
    PARAMETERS,
    SETTINGS,
    STRUCTURE,
    Field,
)
from skyvern_ui.workflows.definition.changes import Impossible, move
from skyvern_ui.workflows.definition.document import as_text, document_of, from_text
from skyvern_ui.workflows.definition.problems import problems
from skyvern_ui.workflows.definition.walk import labels
from tests.real.skyvern import RealSkyvern, environment_folder
from tests.workflows.definition.documents import linked_by_chance, places, random_document
from tests.workflows.definition.refused import REFUSED, TAKEN
from tests.workflows.definition.samples import filled, nested_document, plain_document

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(300)]
Json = dict[str, Any]
PATH = "/api/v1/workflows"
# Of the body, what the editor does not offer: the blocks themselves, and a recording that is attached once.
APART = {"workflow_definition", "recording_id"}
MADE_ANEW = {"workflow_id", "created_at", "modified_at", "version", "id"}


class Server:
    """The real server as an editor uses it."""

    def __init__(self, real: RealSkyvern) -> None:
        self.url = real.url
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["x-api-key"] = real.key

    def send(self, made: Json, wpid: str | None = None) -> requests.Response:
        way = (self.session.put, f"{self.url}{PATH}/{wpid}") if wpid else (self.session.post, f"{self.url}{PATH}")
        return way[0](way[1], data=json.dumps(made), headers={"content-type": "application/json"}, timeout=60)

    def read(self, wpid: str) -> Json:
        answer = self.session.get(f"{self.url}{PATH}/{wpid}", timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()  # type: ignore[no-any-return]

    def saved(self, made: Json, wpid: str | None = None) -> Json:
        """What Skyvern reads out of the document."""
        answer = self.send(made, wpid)
        assert answer.status_code == 200, answer.text
        return self.read(answer.json()["workflow_permanent_id"])

    def login(self, name: str) -> str:
        answer = self.session.post(f"{self.url}/v1/credentials", timeout=60, json={
            "name": name, "credential_type": "password", "credential": {"username": name, "password": "x"}})
        assert answer.status_code in (200, 201), answer.text
        return str(answer.json()["credential_id"])


@pytest.fixture(scope="module")
def server(real_skyvern: RealSkyvern) -> Server:
    return Server(real_skyvern)


@pytest.fixture(scope="module")
def nested(server: Server) -> Json:
    return nested_document((server.login("ada"), server.login("ben")))


def settings_filled() -> Json:
    return {field.name: filled(field) for field in SETTINGS if field.name != "title"}


def lasting(read: Any) -> Any:
    """What a save does not make anew: no ids of rows, times or numbers of versions."""
    if isinstance(read, list):
        return [lasting(each) for each in read]
    if not isinstance(read, dict):
        return read
    return {key: lasting(value) for key, value in read.items()
            if key not in MADE_ANEW and not key.endswith("_parameter_id")}


def unlike(one: Any, other: Any, path: str = "") -> list[tuple[str, Any, Any]]:
    """Where two values are not the same; no headers and an empty list of headers are."""
    if isinstance(one, dict) and isinstance(other, dict):
        return [each for key in {**one, **other} for each in
                unlike(one.get(key, "nothing"), other.get(key, "nothing"), f"{path}.{key}")]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [each for at, pair in enumerate(zip(one, other, strict=True)) for each in unlike(*pair, f"{path}.{at}")]
    if path.endswith("_headers") and not one and not other:
        return []
    return [] if one == other else [(path, one, other)]


@pytest.mark.parametrize("shape", ["plain", "nested", "with every setting"])
def test_what_is_read_and_sent_back_stays_as_it_is(server: Server, nested: Json, shape: str) -> None:
    sent = {"plain": plain_document(), "nested": nested, "with every setting": plain_document() | settings_filled()}[
        shape]
    assert not [each for each in problems(sent) if each.stops]
    first = server.saved(sent)
    back = document_of(first)
    second = server.saved(back, first["workflow_permanent_id"])
    assert second["version"] == first["version"] + 1
    assert unlike(document_of(second), back) == []
    assert unlike(lasting(second), lasting(first)) == []
    assert not [each for each in problems(back) if each.stops]
    third = server.saved(from_text(as_text(back)), first["workflow_permanent_id"])
    assert unlike(lasting(third), lasting(first)) == []


def test_nothing_that_is_sent_is_lost_on_the_way(server: Server, nested: Json) -> None:
    back = document_of(server.saved(nested))
    there = {block["label"]: block for block in every(back)}
    for block in every(nested):
        found = there[block["label"]]
        for key, value in block.items():
            if key not in ("loop_blocks", "branch_conditions") and (block["block_type"], key) not in NOT_KEPT:
                assert found.get(key) == value, (block["label"], key)
    for parameter in nested["workflow_definition"]["parameters"]:
        found = next(each for each in back["workflow_definition"]["parameters"] if each["key"] == parameter["key"])
        assert {key: found.get(key) for key in parameter} == parameter


# What 1.0.56 takes and does not store, or writes anew.
NOT_KEPT = {("code", "steps"), ("task_v2", "disable_cache"), ("validation", "disable_cache")}


def every(made: Json) -> list[Json]:
    found: list[Json] = []
    ahead = list(made["workflow_definition"]["blocks"])
    while ahead:
        block = ahead.pop()
        found.append(block)
        ahead += block.get("loop_blocks") or []
    return found


def test_types_and_keys_of_another_time_come_back_untouched(server: Server) -> None:
    read = server.saved(TAKEN["keys that nobody knows"])
    read["workflow_definition"]["blocks"] += [{"block_type": "hologram", "label": "h", "output_parameter": {"key": "x"},
                                               "beam": {"a": [1]}, "next_block_label": None}]
    read["workflow_definition"]["blocks"][0]["of_tomorrow"] = {"a": 1}
    back = document_of(read)
    assert back["workflow_definition"]["blocks"][1] == {"block_type": "hologram", "label": "h", "beam": {"a": [1]},
                                                        "next_block_label": None}
    assert back["workflow_definition"]["blocks"][0]["of_tomorrow"] == {"a": 1}
    assert not [each for each in problems(back) if each.stops]


@pytest.fixture(scope="module")
def mine(server: Server) -> str:
    """A workflow that is saved again and again: a new one would have its labels and keys put right silently."""
    return str(server.saved(TAKEN["nothing at all"])["workflow_permanent_id"])


@pytest.mark.parametrize("name", REFUSED)
def test_what_we_stop_is_refused(server: Server, mine: str, name: str) -> None:
    made, place = REFUSED[name]
    assert place in {(each.where, each.name, each.field) for each in problems(made) if each.stops}
    answer = server.send(made, mine)
    assert answer.status_code in (400, 422, 500), answer.text[:300]
    assert answer.status_code != 500 or name in BROKEN, answer.text[:300]


# Where the server breaks instead of answering; it does not take the document all the same.
BROKEN = {"a profile with bad braces"}


@pytest.mark.parametrize("name", TAKEN)
def test_what_we_do_not_stop_is_taken(server: Server, mine: str, name: str) -> None:
    assert not [each for each in problems(TAKEN[name]) if each.stops]
    answer = server.send(TAKEN[name], mine)
    assert answer.status_code == 200, answer.text[:300]


@pytest.mark.parametrize("seed", range(12))
def test_what_the_editor_makes_by_chance_is_taken_and_stays(server: Server, mine: str, seed: int) -> None:
    random = Random(seed)
    made = random_document(random, 14)
    for label in random.sample(labels(made), 6):
        with suppress(Impossible):
            made = move(made, label, random.choice(places(made)))
    assert not [each for each in problems(made) if each.stops]
    first = server.saved(made, mine)
    assert unlike(lasting(server.saved(document_of(first), mine)), lasting(first)) == []


@pytest.mark.parametrize("seed", range(60))
def test_of_links_by_chance_we_stop_just_what_is_refused(server: Server, mine: str, seed: int) -> None:
    made = linked_by_chance(Random(seed))
    stops = [each for each in problems(made) if each.stops]
    answer = server.send(made, mine)
    assert (answer.status_code != 200) == bool(stops), (answer.text[:300], stops, made)


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Json:
    """What the installed server takes, told by itself."""
    found = tmp_path_factory.mktemp("schema") / "schema.json"
    program = ("import json, sys\nfrom skyvern.schemas.workflows import WorkflowCreateYAMLRequest as asked\n"
               "json.dump(asked.model_json_schema(), open(sys.argv[1], 'w'))")
    subprocess.run([environment_folder() / "bin" / "python", "-c", program, str(found)], check=True, timeout=120,
                   capture_output=True, cwd=found.parent)
    return json.loads(Path(found).read_text())  # type: ignore[no-any-return]


def test_the_catalogue_has_every_field_and_no_other(schema: Json) -> None:
    compared: set[str] = set()
    for definition in schema["$defs"].values():
        properties = definition.get("properties", {})
        if "block_type" in properties:
            name = properties["block_type"]["const"]
            compare(name, definition, BLOCKS[name].fields, set(STRUCTURE), schema)
            compared.add(name)
        if properties.get("parameter_type", {}).get("const", "output") != "output":
            name = properties["parameter_type"]["const"]
            compare(name, definition, PARAMETERS[name].fields, {"parameter_type", "key"}, schema)
            compared.add(name)
    assert compared == {*BLOCKS, *PARAMETERS}
    compare("settings", schema, SETTINGS, APART, schema)
    compare("definition", schema["$defs"]["WorkflowDefinitionYAML"], DEFINITION_SETTINGS,
            {"version", "parameters", "blocks"}, schema)


# Where the converter asks for more than the schema, or a validator takes more.
STRICTER = {("action", "navigation_goal"), ("wait", "wait_sec")}
LAXER = {("settings", "run_with")}
# Text to the server, a choice to people.
FREE = {("http_request", "method"), ("credential", "selection_strategy"), ("credential", "fallback_trigger"),
        ("settings", "run_with"), ("settings", "browser_type"), ("settings", "proxy_location")}


def compare(name: str, definition: Json, fields: tuple[Field, ...], apart: set[str], schema: Json) -> None:
    known = {field.name: field for field in fields}
    assert set(definition["properties"]) - apart == set(known), name
    required = definition.get("required", [])
    for key, said in definition["properties"].items():
        field = known.get(key)
        if field is None:
            continue
        if (name, key) not in STRICTER | LAXER:
            assert field.takes_null == any(each.get("type") == "null" for each in said.get("anyOf", [])), (name, key)
            assert field.required == (key in required), (name, key)
            if not field.required:
                assert (field.default or None) == (said.get("default") or None), (name, key)
        choices = choices_of(said, schema)
        if choices and (name, key) not in FREE:
            assert {value for value, _ in field.choices} == choices, (name, key)


def choices_of(said: Json, schema: Json) -> set[str]:
    found: set[str] = set(said.get("enum", []))
    for each in [said, *said.get("anyOf", []), *said.get("allOf", [])]:
        if "$ref" in each:
            found |= set(schema["$defs"][each["$ref"].split("/")[-1]].get("enum", []))
        found |= set(each.get("enum", []))
    return found
