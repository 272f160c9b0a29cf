"""An organisation's own provider key: tested, sealed, used directly, never fallen back from."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from sqlalchemy import select, text

from skyvern_ui.audit import CLI
from skyvern_ui.extensions import db
from skyvern_ui.llm.byok.rules import (
    ProviderFace,
    ProviderRefused,
    check_provider_key,
    delete_provider_key,
    provider_key_face,
    save_provider_key,
    set_enabled,
)
from skyvern_ui.models import AuditLog, ProviderKey
from skyvern_ui.models.charge import LedgerEntry
from skyvern_ui.services.credits.ledger_rules import CREDIT, grant

from .gateway import ANSWER, CHAT, HELLO, UPSTREAM_KEY, WORD, Model, Service, code_of, event, stream

OWN = "sk-own-fedcba9876543210-ab12"
LIST = {"object": "list", "data": [{"id": "m", "object": "model"}, {"id": "gpt-x", "created": 7, "owned_by": "them"}]}


def both(model: Model, own: Any = None, chat_status: str = "200 OK") -> None:
    """The server takes both keys; what it says to chats with the own one may differ."""

    def answer(conn: Any) -> None:
        head = model.asked[-1]
        if head.startswith(b"GET /v1/models "):
            good = f"Bearer {OWN}".encode() in head
            status, body = ("200 OK", LIST) if good else ("401 No", {"error": {"message": f"Incorrect API key: {OWN}"}})
        elif head.startswith(b"GET "):
            status, body = "404 Not Found", {"detail": "Not Found"}
        else:
            status, body = (chat_status, own or ANSWER) if f"Bearer {OWN}".encode() in head else ("200 OK", ANSWER)
        raw = json.dumps(body).encode()
        conn.sendall(f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(raw)}\r\n\r\n"
                     .encode() + raw)

    model.answer = answer


def base(model: Model, path: str = "/v1") -> str:
    return f"http://127.0.0.1:{model.server.port}{path}"


def save(service: Service, base_url: str, key: str = OWN) -> ProviderFace:
    with service.app.app_context():
        try:
            return save_provider_key(service.app.config["SETTINGS"], service.app.extensions["sealer"], service.org_id,
                                     base_url, key, CLI)
        finally:
            db.session.remove()


def face(service: Service) -> ProviderFace | None:
    with service.app.app_context():
        found = provider_key_face(service.org_id)
        db.session.remove()
        return found


def empty(service: Service) -> None:
    with service.app.app_context():
        grant(service.org_id, -10 * CREDIT, CLI, "Gone")
        db.session.remove()


def test_it_is_tested_by_a_free_call_and_kept_sealed(service: Service, model: Model) -> None:
    both(model)
    saved = save(service, base(model) + "/ ", f"  Bearer {OWN}\n")
    assert (saved.base_url, saved.last4, saved.enabled, saved.last_error) == (base(model), "ab12", True, None)
    assert saved == face(service) and saved.checked_at is not None
    assert [each.split(b"\r\n")[0] for each in model.asked] == [b"GET /v1/models HTTP/1.1"]
    with service.app.app_context():
        for table in ("provider_key", "audit_log"):
            assert OWN not in str(db.session.execute(text(f"SELECT * FROM {table}")).all())
        row = db.session.scalars(select(AuditLog).where(AuditLog.action == "provider_key.save")).one()
        assert row.resource_id == service.org_id and row.details == {"host": f"127.0.0.1:{model.server.port}",
                                                                     "ending": "ab12"}


REFUSED = [  # path, key, which field is to blame, what is said
    ("/v1", "sk-wrong-key-0123456789", "key", "does not accept"),
    ("", OWN, "base_url", "/v1: enter that"), ("/v1/chat/completions", OWN, "base_url", "/v1: enter that"),
    ("/v1", "sk-ключ-0123456789", "key", "copy it again"), ("/v1", "", "key", "Enter the provider's key."),
    ("/elsewhere/v2", OWN, "base_url", "Nothing was saved."),
]
INSIDE = (
    "http://api.example.com/v1", "https://localhost/v1", "https://127.0.0.1/v1", "https://10.0.0.1/v1",
    "https://169.254.169.254/v1", "https://2130706433/v1", "https://[::1]/v1", "https://litellm:4000/v1",
    "https://metadata.google.internal/v1", "ftp://api.example.com", "https://u:p@api.example.com/v1", "https://",
    "https://api.example.com/v1?key=1", "https://api.example.com/v1#x", "https://0x7f.1/v1", "javascript:alert(1)")


def test_what_is_refused_is_not_saved(service: Service, model: Model) -> None:
    both(model)
    for path, key, field, sentence in REFUSED:
        with pytest.raises(ProviderRefused, match=sentence) as refused:
            save(service, base(model, path), key)
        assert refused.value.field == field and OWN not in str(refused.value) and face(service) is None


def test_an_address_that_leads_inside_is_refused(service: Service, model: Model) -> None:
    for address in INSIDE:
        with pytest.raises(ProviderRefused) as refused:
            save(service, address)
        assert refused.value.field == "base_url" and not model.asked, address


def test_a_name_that_leads_inside_is_found_out(service: Service, model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    answered = [(2, 1, 6, "", ("93.184.216.34", 443)), (2, 1, 6, "", ("127.0.0.1", 443))]
    monkeypatch.setattr("skyvern_ui.relay.addresses.socket.getaddrinfo", lambda *_args, **_more: answered)
    with pytest.raises(ProviderRefused, match="BYOK_HOSTS") as refused:
        save(service, "https://api.example.com/v1")
    assert refused.value.field == "base_url"


def test_the_operator_may_allow_a_host_inside(service: Service, model: Model) -> None:
    both(model)
    service.set(llm_upstream_url="http://litellm:4000/v1")
    with pytest.raises(ProviderRefused):
        save(service, base(model))
    service.set(byok_hosts=("127.0.0.1",))
    assert save(service, base(model)).enabled


def test_an_empty_key_keeps_the_stored_one_only_for_its_own_address(service: Service, model: Model) -> None:
    both(model)
    save(service, base(model))
    assert save(service, base(model) + "/", "").last4 == "ab12"
    service.set(byok_hosts=("localhost",))
    with pytest.raises(ProviderRefused, match="another address"):
        save(service, f"http://localhost:{model.server.port}/v1", "")


def test_calls_go_out_with_it_cost_nothing_and_leave_a_charge(service: Service, model: Model) -> None:
    both(model)
    save(service, base(model))
    empty(service)
    answer = service.call(body={**HELLO, "model": "gpt-x"})
    assert answer.status_code == 200 and answer.headers["X-Credential"] == "byok"
    assert answer.headers["X-Credits-Charged"] == "0" and answer.headers["X-Credits-Remaining"] == "0"
    assert f"authorization: Bearer {OWN}".encode() in model.asked[-1] and UPSTREAM_KEY.encode() not in model.asked[-1]
    (charge,) = service.rows()
    assert (charge.byok, charge.hold, charge.actual, charge.state) == (True, 0, 0, "settled")
    assert charge.details["tokens_in"] == 900 and service.pool() == (0, 0)
    with service.app.app_context():
        assert set_enabled(service.org_id, False, CLI) and not set_enabled(service.org_id, False, CLI)
        assert db.session.scalars(select(LedgerEntry).where(LedgerEntry.charge_id == charge.id)).all() == []
    assert service.call().status_code == 402
    with service.app.app_context():
        assert set_enabled(service.org_id, True, CLI)
    assert service.call().status_code == 200
    with service.app.app_context():
        assert delete_provider_key(service.org_id, CLI) and not delete_provider_key(service.org_id, CLI)
    assert service.call().headers["X-Credential"] == "shared"


def test_a_stream_with_the_own_key_is_read_to_its_end_and_costs_nothing(service: Service, model: Model) -> None:
    both(model)
    save(service, base(model))
    used = event(choices=[], usage={"prompt_tokens": 5, "completion_tokens": 6})
    model.answer = lambda conn: (stream(conn, WORD, used, b"data: [DONE]\n\n"), conn.sendall(b"0\r\n\r\n"))[0]
    assert service.call(body={**HELLO, "stream": True}).data == WORD + b"data: [DONE]\n\n"
    (charge,) = service.rows()
    assert (charge.state, charge.actual, charge.details["tokens_out"]) == ("settled", 0, 6)
    assert service.pool() == (10 * CREDIT, 0)


def test_a_refused_own_key_is_told_noted_and_never_replaced(service: Service, model: Model) -> None:
    both(model)
    save(service, base(model))
    both(model, {"error": {"message": f"Incorrect API key provided: {OWN}", "code": "invalid_api_key"}}, "401 No")
    before = len(model.asked)
    answer = service.call()
    assert (answer.status_code, code_of(answer)) == (403, "byok_key_rejected") and OWN not in answer.text
    assert answer.headers["x-should-retry"] == "false" and answer.headers["X-Credential"] == "byok"
    assert len(model.asked) == before + 1 and service.pool() == (10 * CREDIT, 0)
    noted = face(service)
    assert noted is not None and noted.last_error and "refused this key" in noted.last_error
    assert OWN not in noted.last_error and noted.enabled
    both(model)
    assert service.call().status_code == 200
    healed = face(service)
    assert healed is not None and healed.last_error is None


def test_other_troubles_of_the_own_provider(service: Service, model: Model) -> None:
    both(model)
    save(service, base(model))
    for status, said, ours, code in (("429 No", "insufficient_quota", 403, "byok_quota"),
                                     ("429 No", "rate_limit_exceeded", 429, "upstream_busy"),
                                     ("500 No", "x", 502, "upstream_failed")):
        both(model, {"error": {"message": "x", "code": said}}, status)
        answer = service.call()
        assert (answer.status_code, code_of(answer)) == (ours, code)
    noted = face(service)
    assert noted is not None and noted.last_error is None and service.pool() == (10 * CREDIT, 0)


def test_a_key_that_cannot_be_opened_or_reached_stops_the_call(service: Service, model: Model) -> None:
    both(model)
    save(service, base(model))
    service.set(llm_upstream_url="http://litellm:4000/v1")  # the address is inside, and no longer allowed
    answer = service.call()
    assert (answer.status_code, code_of(answer)) == (403, "byok_address_not_allowed")
    with service.app.app_context():
        row = db.session.scalars(select(ProviderKey)).one()
        row.ciphertext = "v1:00000000:" + row.ciphertext.split(":")[2]
        db.session.commit()
        db.session.remove()
    answer = service.call()
    assert (answer.status_code, code_of(answer)) == (503, "byok_unreadable")
    assert answer.headers["x-should-retry"] == "false" and service.pool() == (10 * CREDIT, 0)
    assert not any(each.startswith(b"POST") for each in model.asked)


def test_testing_again_notes_what_came_of_it(service: Service, model: Model) -> None:
    def again() -> ProviderFace:
        with service.app.app_context():
            found = check_provider_key(service.app.config["SETTINGS"], service.app.extensions["sealer"], service.org_id)
            db.session.remove()
            assert found is not None
            return found

    both(model)
    save(service, base(model))
    model.says("401 No", {"error": {"message": "Incorrect API key", "code": "invalid_api_key"}})
    assert "does not accept" in (again().last_error or "") and "saved" not in (again().last_error or "")
    both(model)
    assert again().last_error is None


def test_no_redirect_is_followed(service: Service, model: Model) -> None:
    model.answer = lambda conn: conn.sendall(
        f"HTTP/1.1 307 Moved\r\nlocation: {base(model, '/v2/models')}\r\ncontent-length: 0\r\n\r\n".encode())
    with pytest.raises(ProviderRefused, match="leads to another"):
        save(service, base(model))
    assert not any(b"/v2/models" in each for each in model.asked)


def test_no_connection_of_the_database_is_held_while_it_is_tested(service: Service, model: Model) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def slowly(conn: Any) -> None:
        asked.set()
        go_on.wait(10)
        raw = json.dumps(LIST).encode()
        conn.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(raw) + raw)

    model.answer = slowly
    saving = threading.Thread(target=save, args=(service, base(model)))
    saving.start()
    assert asked.wait(10)
    with service.app.app_context():
        out = db.engine.pool.checkedout()  # type: ignore[attr-defined]
    go_on.set()
    saving.join(10)
    assert out == 0 and face(service) is not None


def test_the_list_of_models_is_the_own_providers(service: Service, model: Model) -> None:
    both(model)
    save(service, base(model))
    answer = service.app.test_client().get(CHAT.replace("chat/completions", "models"),
                                           headers={"x-api-key": service.key})
    assert answer.json is not None and [row["id"] for row in answer.json["data"]] == ["m", "gpt-x"]
    assert answer.headers["X-Credential"] == "byok" and f"Bearer {OWN}".encode() in model.asked[-1]
