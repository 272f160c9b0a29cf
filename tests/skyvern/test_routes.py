"""The route table decides what reaches Skyvern; nothing else does."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skyvern_ui.skyvern.route_data import ROUTES
from skyvern_ui.skyvern.routes import DEADLINES, Match, Refusal, resolve

PREFIX = {"v1": "v1", "api": "api/v1", "api2": "api/v2"}


def filled(template: str) -> str:
    words = template.replace("{entity_type}", "task").replace("{credential_id}", "cred_1").split("/")
    return "/".join("x_1" if word.startswith("{") else word for word in words)


def match(method: str, path: str) -> Match:
    found = resolve(method, path)
    assert isinstance(found, Match), found
    return found


def test_every_row_is_reached_under_each_of_its_prefixes_and_keeps_its_decision() -> None:
    for method, template, prefixes, who, audit, deadline in ROUTES:
        for short in prefixes.split():
            path = f"{PREFIX[short]}/{filled(template)}"
            found = resolve(method, path)
            if who == "never":
                assert isinstance(found, Refusal) and found.code == "closed_route", path
            else:
                assert isinstance(found, Match), path
                assert found.target == f"/{path}"
                assert (found.who, found.audit, found.deadline) == (who, audit, deadline), path


def test_the_data_is_well_formed() -> None:
    assert len(ROUTES) > 260
    for method, _template, prefixes, who, audit, deadline in ROUTES:
        assert method in {"GET", "POST", "PUT", "PATCH", "DELETE", "WS"}
        assert set(prefixes.split()) <= set(PREFIX)
        assert who in {"member", "admin", "never"}
        assert deadline in DEADLINES
        noun, verb = audit.split(".")
        assert noun.isidentifier() and verb.isidentifier()


@pytest.mark.parametrize(
    ("method", "path", "target"),
    [
        ("GET", "runs", "/v1/runs"),
        ("POST", "run/tasks", "/v1/run/tasks"),
        ("GET", "tasks", "/api/v1/tasks"),
        ("POST", "tasks", "/api/v1/tasks"),
        ("GET", "tasks/tsk_1", "/api/v1/tasks/tsk_1"),
        ("GET", "tasks/tsk_v2_1", "/api/v2/tasks/tsk_v2_1"),
        ("GET", "workflows/templates", "/api/v1/workflows/templates"),
        ("GET", "workflows/wpid_1", "/v1/workflows/wpid_1"),
        ("PUT", "workflows/wpid_1", "/api/v1/workflows/wpid_1"),
        ("POST", "workflows/wpid_1/run", "/api/v1/workflows/wpid_1/run"),
        ("DELETE", "credentials/cred_7", "/api/v1/credentials/cred_7"),
        ("GET", "heartbeat", "/api/v1/heartbeat"),
        ("HEAD", "artifacts/a_1/content", "/v1/artifacts/a_1/content"),
        ("POST", "run/agents", "/v1/run/agents"),
        ("POST", "v1/agents/runs/wr_1/retry", "/v1/agents/runs/wr_1/retry"),
        ("WS", "stream/workflow_runs/wr_1", "/api/v1/stream/workflow_runs/wr_1"),
        ("DELETE", "workflows/wpid_1/tags/ui.user%3Aalice%20b", "/v1/workflows/wpid_1/tags/ui.user%3Aalice%20b"),
    ],
)
def test_a_path_goes_where_its_route_exists(method: str, path: str, target: str) -> None:
    assert match(method, path).target == target
    found = resolve(method, path.encode())
    assert isinstance(found, Match) and found.target == target


@pytest.mark.parametrize(
    "path",
    [
        "", "/", "../users", "runs/../organizations", "./runs", "runs/.", "runs/%2e%2e", "runs/.%2e", "%2e./runs",
        "%2E%2E%2Fruns", "runs%2f..%2forganizations%2fo_1%2fapikeys", "a%2Fb", "a%5cb", "a\\b", "%252e%252e%252f",
        "%25%32%65", "..;/internal/auth/status", "runs;x=1/tsk_1", ";/runs", "/runs", "runs//x", "runs/", "runs//",
        "runs%00", "runs%0d%0aX:y", "runs%09", "runs\x80", "runs%ff", "runs%c0%ae", "runs%E2%80%AE", "runs%23x",
        "runs%3fapikey=1", "runs#/../x", "runs?x", "@evil.test/", ":80@evil.test/x/", "runs\r\n", "runs\n", " runs",
        "runs%", "runs%2", "runs%zz", "v1/credentials/onepassword/g%65t", "tag-keys/%E2%80%A5", "runs/%EF%BC%8F",
        "tag-keys/%EF%BC%85", "r\u00fcns", "runs/" + "a" * 4000,
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "WS"])
def test_a_path_that_hides_structure_is_refused_with_400(method: str, path: str) -> None:
    for known_only in (False, True):
        found = resolve(method, path, unknown_get_allowed=known_only)
        assert isinstance(found, Refusal) and found.status == 400, found


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "docs", 404),
        ("GET", "openapi.json", 404),
        ("GET", "foo", 404),
        ("GET", "RUNS", 404),
        ("GET", "v1", 404),
        ("GET", "api/v1", 404),
        ("GET", "api/v3/runs", 404),
        ("GET", ".evil.test", 404),
        ("GET", "nothing/x/artifacts", 404),
        ("POST", "runs", 405),
        ("GET", "run/tasks", 405),
        ("OPTIONS", "runs", 405),
        ("GET", "stream/workflow_runs/wr_1", 405),
        ("GET", "organizations/o_1/apikeys", 403),
        ("GET", "v1/api/v1/organizations/o_1/apikeys", 403),
        ("DELETE", "credentials/onepassword", 403),
        ("DELETE", "v1/credentials/cred_1", 403),
        ("DELETE", "api/v1/credentials/onepassword", 403),
        ("POST", "ui-session", 403),
        ("POST", "webhook", 403),
        ("PUT", "internal/auth/status", 403),
    ],
)
def test_what_is_not_in_the_table_is_refused(method: str, path: str, status: int) -> None:
    found = resolve(method, path)
    assert isinstance(found, Refusal) and found.status == status, found


def test_admin_routes_are_marked() -> None:
    assert match("PUT", "organizations").who == "admin"
    assert match("GET", "custom-llms").who == "admin"
    assert match("GET", "runs").who == "member"


def test_unknown_gets_of_a_newer_release_pass_for_admins_when_allowed() -> None:
    found = resolve("GET", "v1/novelties/n_1", unknown_get_allowed=True)
    assert isinstance(found, Match) and found.who == "admin" and found.target == "/v1/novelties/n_1"
    assert not found.is_known
    for method, path in [("GET", "novelties"), ("POST", "v1/novelties"), ("GET", "docs")]:
        assert isinstance(resolve(method, path, unknown_get_allowed=True), Refusal)


NEVER = [(m, t, p) for m, t, prefixes, who, *_ in ROUTES if who == "never" for p in [*prefixes.split(), ""]]


@given(data=st.data())
@settings(max_examples=400, deadline=None)
def test_closed_routes_are_never_reachable_in_any_spelling(data: st.DataObject) -> None:
    method, template, short = data.draw(st.sampled_from(NEVER))
    path = template.replace("{credential_provider}", "onepassword")
    path = "/".join(filter(None, [PREFIX.get(short, ""), filled(path)]))
    spelled = ""
    for char in path:
        how = data.draw(st.sampled_from("pppppppppeul2"))
        spelled += {
            "p": char, "e": f"%{ord(char):02x}", "u": char.upper(), "l": f"%{ord(char):02X}",
            "2": f"%25{ord(char):02x}",
        }[how]  # fmt: skip
    spelled = data.draw(st.sampled_from(["", "v1/", "api/v1/", "api/v2/"])) + spelled
    spelled += data.draw(st.sampled_from(["", "/", ";x", "?x", "%00", "//"]))
    found = resolve(method, spelled, unknown_get_allowed=True)
    if isinstance(found, Match):
        assert found.target.lower() != f"/{path}".lower()
        assert unquote(found.target).lower().rstrip("/") != f"/{path}".lower()
        assert "apikeys" not in found.target and "internal" not in found.target.lower()


PIECES = st.sampled_from(
    ["runs", "v1", "api", "..", ".", "%2e", "%2E", "%2f", "/", "//", "\\", "%5c", "%25", "wr_1", ";", "%00", "tags",
     "%E2%80%A4", "%ef%bc%8e", "organizations", "artifacts", "x"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=9).map("".join), st.sampled_from(["GET", "POST", "DELETE", "WS"]))
@settings(max_examples=600, deadline=None)
def test_no_path_with_a_hidden_dot_segment_or_slash_resolves(path: str, method: str) -> None:
    found = resolve(method, path, unknown_get_allowed=True)
    if isinstance(found, Match):
        once = unquote(found.target)
        assert once.count("/") == found.target.count("/")
        assert not {".", "..", ""} & set(once[1:].split("/"))
        assert "\\" not in once and "%" not in unquote(once) and "\0" not in once
        assert found.target.endswith(path)


@given(st.text(max_size=60), st.sampled_from(["GET", "POST", "WS", "TRACE", ""]))
@settings(max_examples=300, deadline=None)
def test_any_text_is_answered_and_nothing_is_repaired(path: str, method: str) -> None:
    found = resolve(method, path)
    if isinstance(found, Match):
        assert found.target.isascii() and found.target.endswith(path)


@given(st.binary(max_size=40))
def test_any_bytes_are_answered(path: bytes) -> None:
    assert isinstance(resolve("GET", path), (Match, Refusal))
