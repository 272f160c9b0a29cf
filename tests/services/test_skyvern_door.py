"""Who comes through /api/skyvern with a service key, and to which routes."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from skyvern_ui.audit import CLI
from skyvern_ui.services.keys.rules import Rights, create_key, revoke_key
from skyvern_ui.services.keys.scopes import NAMES as SCOPES
from skyvern_ui.services.rules import set_status
from skyvern_ui.services.runs.route_rules import CLOSED, CLOSED_ROWS, LISTS, OWNED, SCOPE_OF, plain, terms_of
from skyvern_ui.skyvern.route_index import _entries
from skyvern_ui.skyvern.routes import Match
from tests.sandbox_server import Sandbox
from tests.support.people import Browser

from .calling import DOOR, TASK, Service, new_service, sent

UPGRADE = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
           "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}


def code(answer: Any) -> str:
    told = answer.get_json()
    assert told["error"] and told["request_id"]
    return str(told["code"])


def every_route() -> list[tuple[str, Match]]:
    """Each row of the table, in each spelling, as a call of it would be judged."""
    return [(e.method, Match(f"/{e.prefix}/{e.template}", e.template, {n: "x" for _, n in e.params}, e.who, e.audit,
                             e.method not in ("GET", "WS"), e.deadline, e.prefix)) for e in _entries()]


def test_every_route_has_one_scope_or_is_closed_by_name() -> None:
    members = {match.audit for _, match in every_route() if match.who == "member"}
    assert members == (set(SCOPE_OF) | CLOSED) & members and not set(SCOPE_OF) & CLOSED
    assert set(SCOPE_OF) | CLOSED <= {match.audit for _, match in every_route()}, "a name that no route has any more"
    assert set(SCOPE_OF.values()) <= set(SCOPES)
    assert CLOSED_ROWS | set(LISTS) <= {plain(match.template) for _, match in every_route()}
    for method, match in every_route():
        terms = terms_of(method, match)
        is_open = match.who == "member" and match.audit in SCOPE_OF and plain(match.template) not in CLOSED_ROWS
        assert (terms is not None) == (is_open and method != "WS"), (method, match.template)


def test_every_open_write_is_priced_but_to_stop_and_to_read() -> None:
    free = {match.audit for method, match in every_route() if match.is_write
            and (terms := terms_of(method, match)) and terms.endpoint is None}
    assert free == {"run.cancel", "run.cancel_many", "browser_session.close", "run_tags.list", "workflow_tags.list"}
    starts = {plain(match.template) for method, match in every_route() if (terms := terms_of(method, match))
              and terms.starts_run}
    assert starts == {"run/tasks", "run/tasks/login", "run/tasks/download_files", "tasks", "run/workflows",
                      "workflows/{workflow_id}/run", "workflows/runs/{workflow_run_id}/retry"}
    assert {m.audit for _, m in every_route() if plain(m.template) in starts and m.is_write} == {"run.create",
                                                                                                 "run.retry"}


def test_what_shows_runs_sessions_or_artifacts_is_bound_to_their_maker() -> None:
    by_body = {"runs/cancel", "run-tags", "sdk/run_action"}  # what they name is checked in the body or the query
    for method, match in every_route():
        terms, noun = terms_of(method, match), match.audit.partition(".")[0]
        if terms is None or noun not in ("run", "run_tags", "artifact", "browser_session", "sdk_action",
                                         "heal_episode"):
            continue
        bound = OWNED & set(match.params) or "artifact_id" in match.params or terms.pages or terms.endpoint in (
            "/v1/run/tasks", "/v1/run/workflows", "/v1/browser_sessions") or plain(match.template) in by_body
        assert bound or match.audit == "browser_session.refresh", (method, match.template)


def test_only_these_routes_look_at_keys_themselves(empty_app: Flask) -> None:
    found = {name for name, view in empty_app.view_functions.items() if getattr(view, "takes_keys", False)}
    assert found == {"proxy.relay_call", "proxy.relay_socket"}


def test_a_key_opens_no_other_door(service: Service) -> None:
    """Every route that is not public refuses it as it refuses nobody."""
    client, opened = service.app.test_client(), []
    for rule in service.app.url_map.iter_rules():
        view = service.app.view_functions[rule.endpoint]
        if getattr(view, "is_public", False) or getattr(view, "takes_keys", False) or rule.endpoint == "static":
            continue
        path = rule.build({name: 1 if "Int" in type(conv).__name__ else "x" for name, conv in
                           rule._converters.items()}, append_unknown=False)[1]  # type: ignore[index]
        keyed = {"x-api-key": service.key, "Authorization": f"Bearer {service.key}"}
        if rule.websocket:
            keyed |= UPGRADE
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
            answer = client.open(path, method=method, headers=keyed)
            if answer.status_code not in (401, 403 if rule.websocket else 401) and not (answer.status_code in (302, 303)
                                                  and answer.headers["Location"].startswith("/login")):
                opened.append((method, rule.rule, answer.status_code))
    assert opened == []


@pytest.mark.parametrize(("headers", "status", "expected"), [
    ({"x_api_key": "", "Authorization": "Basic abc"}, 401, "key_missing"),
    ({"x_api_key": "nobody-knows-this-key"}, 401, "key_unknown"), ({"x_api_key": "skui_live_x"}, 401, "key_mistyped"),
    ({"Authorization": "Bearer another-key-altogether"}, 400, "key_ambiguous"), ({"x_api_key": ""}, 401,
                                                                               "not_signed_in")])
def test_a_wrong_key_reaches_nothing(service: Service, sandbox: Sandbox, headers: dict[str, str], status: int,
                                     expected: str) -> None:
    sandbox.forget_calls()
    answer = service.call("POST", "v1/run/tasks", TASK, **headers)
    assert (answer.status_code, code(answer)) == (status, expected)
    assert sent(sandbox, "/") == 0 and service.charges() == []


def test_a_key_in_the_address_is_refused(service: Service, sandbox: Sandbox) -> None:
    sandbox.forget_calls()
    for name in ("x-api-key", "api_key", "apikey", "token"):
        answer = service.call("GET", f"v1/runs?{name}={service.key}")
        assert answer.status_code in (400, 401) and code(answer) in ("key_in_address", "key_in_query")
    assert sent(sandbox, "/") == 0


def test_either_header_and_the_door_keeps_its_own_key(service: Service, sandbox: Sandbox) -> None:
    by_bearer = service.call("GET", "v1/version", x_api_key="", Authorization=f"bearer {service.key}")
    assert by_bearer.status_code == service.call("GET", "v1/version").status_code == 200
    seen = str(sandbox.requests("/v1/version"))
    assert sandbox.key in seen and service.key not in seen
    sandbox.fault("/v1/version", "echo_key")
    leak = service.call("GET", "v1/version")
    assert (leak.status_code, code(leak)) == (502, "upstream_leak")
    assert sandbox.key not in leak.text + str(leak.headers)


def test_a_key_beside_a_session_is_refused_and_a_strange_one_dropped(service: Service, ben: Browser,
                                                                     sandbox: Sandbox) -> None:
    with service.app.app_context():
        _, imported = create_key(service.org_id, "old", Rights(("skyvern:*",)), CLI, "sk-presenton-service-key-2025")
    for key in (service.key, imported):
        for headers in ({"x-api-key": key}, {"Authorization": f"Bearer {key}"}):
            answer = ben.client.get(f"{DOOR}/v1/runs", headers=headers)
            assert (answer.status_code, code(answer)) == (400, "key_beside_session")
    assert sent(sandbox, "/v1/runs") == 0
    assert ben.client.get(f"{DOOR}/v1/runs", headers={"x-api-key": "sk-not-ours"}).status_code == 200


def test_scopes_open_what_they_say(service: Service, sandbox: Sandbox) -> None:
    reader = new_service(service.app, "reader", "skyvern:read")
    assert reader.call("GET", "v1/workflows").status_code == 200
    sandbox.forget_calls()
    for method, path in (("POST", "v1/run/tasks"), ("POST", "v1/upload_file"), ("POST", "v1/browser_sessions"),
                         ("GET", "v1/browser_sessions"), ("POST", "v1/workflows"), ("GET", "v1/credentials")):
        answer = reader.call(method, path, {} if method == "POST" else None)
        assert (answer.status_code, code(answer)) == (403, "scope_not_allowed"), path
    assert sent(sandbox, "/") == 0


@pytest.mark.parametrize(("method", "path", "status", "expected"), [
    ("GET", "api/v1/organizations", 403, "not_for_services"), ("GET", "v1/custom-llms", 403, "not_for_services"),
    ("PUT", "api/v1/organizations", 403, "not_for_services"), ("GET", "v1/credentials/totp", 403, "not_for_services"),
    ("GET", "v1/credentials/cred_1/totp-code", 403, "not_for_services"),
    ("GET", "v1/debug-session/wpid_1", 403, "not_for_services"),
    ("POST", "v1/workflow_run_groups", 403, "not_for_services"),
    ("POST", "v1/workflows/wpid_1/schedules", 403, "not_for_services"),
    ("GET", "api/v1/step/stp_1/artifacts", 403, "not_for_services"),
    ("GET", "api/v1/organizations/o_1/apikeys", 403, "closed_route"),
    ("GET", "v1/internal/auth/status", 403, "closed_route"), ("POST", "v1/tasks", 404, "unknown_route"),
    ("POST", "api/v1/run/tasks", 404, "unknown_route"), ("POST", "v1/run/tasks/", 400, "path_not_canonical"),
    ("POST", "v1//run/tasks", 400, "path_not_canonical"), ("DELETE", "v1/run/tasks", 405, "wrong_method"),
    ("GET", "v1/something/new", 404, "unknown_route")])
def test_what_no_service_may_have(service: Service, sandbox: Sandbox, method: str, path: str, status: int,
                                  expected: str) -> None:
    sandbox.forget_calls()
    answer = service.call(method, path, {} if method in ("POST", "PUT") else None)
    assert (answer.status_code, code(answer)) == (status, expected)
    assert sent(sandbox, "/") == 0


def test_a_revoked_key_and_a_suspended_service_are_out_with_the_next_request(service: Service) -> None:
    assert service.call("GET", "v1/version").status_code == 200
    with service.app.app_context():
        set_status(service.org_id, "suspended", CLI)
    assert code(service.call("GET", "v1/version")) == "service_suspended"
    with service.app.app_context():
        set_status(service.org_id, "active", CLI)
        revoke_key(service.key_id, CLI)
    assert code(service.call("GET", "v1/version")) == "key_revoked"


def test_pace_and_address_are_kept(service: Service, sandbox: Sandbox) -> None:
    slow = new_service(service.app, "slow", per_minute=2)
    assert [slow.call("GET", "v1/version").status_code for _ in range(3)] == [200, 200, 429]
    late = slow.call("GET", "v1/version")
    assert code(late) == "too_fast" and int(late.headers["Retry-After"]) > 0 and late.headers["RateLimit"]
    assert late.headers["RateLimit-Policy"] == '"rpm";q=2;w=60'
    far = new_service(service.app, "far", addresses=("192.0.2.0/24",))
    assert code(far.call("GET", "v1/version")) == "address_not_allowed"


def test_sockets_are_not_for_services(service: Service, sandbox: Sandbox) -> None:
    run_id = service.run("[slow] x")
    answer = service.app.test_client().get(f"{DOOR}/api/v1/stream/tasks/{run_id}", headers={
        "x-api-key": service.key, **UPGRADE})
    assert (answer.status_code, code(answer)) == (403, "not_for_services")


def test_a_body_that_names_thousands_is_refused(service: Service, sandbox: Sandbox) -> None:
    sandbox.forget_calls()
    answer = service.call("POST", "v1/runs/cancel", {"run_ids": [f"tsk_{n}" for n in range(100_000)]})
    assert (answer.status_code, code(answer)) == (422, "too_many_ids") and sent(sandbox, "/") == 0
