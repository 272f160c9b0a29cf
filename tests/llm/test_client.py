"""What keeps an answer from coming is told apart, within one deadline, and never raised."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from skyvern_ui.llm.answer import content_of, is_model_list, model_ids
from skyvern_ui.llm.base import Unfit, alternatives, clean_base, same_origin
from skyvern_ui.llm.client import MOST, chat, list_models
from skyvern_ui.llm.probe import probe_free
from skyvern_ui.llm.upstream import Upstream
from skyvern_ui.relay.ask import ask

from ..relay.fault_server import FaultServer, reset, speaking
from ..support.postgres import free_port
from .model_server import KEY, http, models, running_model


def at(port: int, scheme: str = "http", host: str = "127.0.0.1") -> Upstream:
    return Upstream("gateway", "The model", f"{scheme}://{host}:{port}/v1", KEY, "m")


def found_at(upstream: Upstream) -> tuple[str, str]:
    answer = list_models(upstream, seconds=2.0)
    return answer.reply.trouble, answer.detail


def test_nothing_listens() -> None:
    assert found_at(at(free_port())) == ("refused", "refused")


def test_a_name_that_is_none() -> None:
    assert found_at(at(80, host="no-such-host.invalid"))[0] == "name"


@pytest.fixture
def certificate(tmp_path: Path) -> ssl.SSLContext:
    """A certificate that signs itself."""
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context


def test_tls_is_told_apart(certificate: ssl.SSLContext) -> None:
    def secure(_server: FaultServer, conn: socket.socket, _number: int) -> None:
        with certificate.wrap_socket(conn, server_side=True) as tls:
            tls.recv(65536)

    with speaking(secure) as server:
        assert found_at(at(server.port, "https")) == ("tls", "self_signed")
        plain = probe_free(at(server.port))[0]
        assert plain.verdict == "fail" and any("must begin with https://" in value for _, value in plain.evidence)
    with speaking(lambda _server, conn, _: (conn.recv(9), conn.sendall(http(400)))) as server:  # type: ignore[arg-type]
        assert found_at(at(server.port, "https")) == ("tls", "plain")


def test_a_host_that_swallows_the_first_packet() -> None:
    with socket.socket() as listener, ExitStack() as waiting:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        place = listener.getsockname()
        for _ in range(4):  # nobody accepts: the queue is full, the next one gets no answer
            caller = waiting.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(place)
        assert found_at(at(place[1])) == ("timeout", "connect")


def hanging(server: FaultServer, conn: socket.socket, _number: int) -> None:
    server.request(conn)
    server.wait_for_close(conn)


def dripping_head(server: FaultServer, conn: socket.socket, _number: int) -> None:
    server.request(conn)
    for byte in b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 1000:
        conn.sendall(bytes([byte]))
        if server.done.wait(0.05):
            return


def dripping_body(server: FaultServer, conn: socket.socket, _number: int) -> None:
    server.request(conn)
    conn.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
    while not server.done.wait(0.05):
        conn.sendall(b" ")


@pytest.mark.parametrize(("script", "phase"), [(hanging, "waiting"), (dripping_head, "waiting"),
                                               (dripping_body, "body")])
def test_one_deadline_holds_for_everything(script: object, phase: str) -> None:
    with speaking(script) as server:  # type: ignore[arg-type]
        begun = time.monotonic()
        answer = list_models(at(server.port), seconds=0.6)
        assert (answer.reply.trouble, answer.detail) == ("timeout", phase)
        assert time.monotonic() - begun < 2.0


def test_a_reset_an_end_and_garbage() -> None:
    with speaking(lambda server, conn, _: (server.request(conn), reset(conn))) as server:  # type: ignore[arg-type]
        assert found_at(at(server.port))[0] == "reset"
    with speaking(lambda server, conn, _: server.request(conn)) as server:  # type: ignore[arg-type]
        assert found_at(at(server.port))[0] == "reset"
    with speaking(lambda server, conn, _: (server.request(conn), conn.sendall(b"SSH-2.0-OpenSSH\r\n\r\n"))) as server:  # type: ignore[arg-type]
        assert found_at(at(server.port))[0] == "garbage"


def test_a_redirect_is_not_followed_and_its_place_told() -> None:
    with running_model(lambda *_: http(301, b"", "location: https://models.example.com/v1/models")) as model:
        answer = list_models(model.upstream())
        assert (answer.reply.status, answer.reply.trouble) == (301, "redirect")
        assert answer.location == "https://models.example.com/v1/models"
        assert len(model.server.requests) == 1


def test_an_answer_has_a_ceiling() -> None:
    def endless(server: FaultServer, conn: socket.socket, _number: int) -> None:
        server.request(conn)
        conn.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n")
        while True:
            conn.sendall(b" " * 65_536)

    with speaking(endless) as server:
        answer = list_models(at(server.port), seconds=10.0)
        assert answer.value is None and len(answer.reply.body) <= MOST


def test_nothing_is_sent_twice() -> None:
    with speaking(lambda server, conn, _: server.request(conn)) as server:  # type: ignore[arg-type]
        chat(at(server.port), [{"role": "user", "content": "x"}], seconds=2.0, max_tokens=1)
        assert len(server.requests) == 1


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    with running_model() as model:
        assert list_models(model.upstream()).is_good


@pytest.mark.parametrize("base", [
    "http://169.254.169.254/latest", "http://metadata.google.internal/v1", "http://[fd00:ec2::254]/v1",
    "http://100.100.100.200", "http://[::ffff:169.254.169.254]/", "ftp://h/v1", "http://u:p@h/v1", "http://h/v1?key=x",
    "http://h:0/v1", "http://h:99999", "", "http://", "http://a b/", "http://h/v1#x",
])
def test_addresses_that_are_never_asked(base: str) -> None:
    with pytest.raises(Unfit) as caught:
        list_models(Upstream("x", "X", base, KEY, "m"))
    assert KEY not in str(caught.value)
    assert probe_free(Upstream("x", "X", base, KEY, "m"))[0].code == "model_unfit"


def test_inside_addresses_are_asked() -> None:
    with running_model() as model:
        assert list_models(model.upstream(base=model.base.replace("127.0.0.1", "localhost"))).is_good


def test_a_pasted_address_is_cleaned_and_alternatives_are_few() -> None:
    assert clean_base(" http://h:4000/v1/ ") == "http://h:4000/v1" and clean_base("h:4000/v1") == "http://h:4000/v1"
    assert alternatives("http://h") == ["http://h/v1"]
    assert alternatives("http://h/v1/chat/completions") == ["http://h/v1", "http://h"]
    assert "http://h/v1" in alternatives("http://h/v1/v1")
    assert all(len(alternatives(each)) <= 3 for each in ("http://h/api/coding/paas/v4", "http://h/ui", "http://h/a/b"))
    assert same_origin("http://H/v1", "http://h:80/x") and not same_origin("http://h", "https://h")


@pytest.mark.parametrize("value", [None, 7, "x", [], {}, {"data": None}, {"data": [None, 7, {"id": 3}]},
                                   {"choices": []}, {"choices": [{"message": None}]}, {"choices": {"0": 1}}])
def test_any_json_can_be_read(value: object) -> None:
    assert model_ids(value) == [] and content_of(value) is None
    assert is_model_list(value) in (True, False)


def test_lists_in_the_ways_of_several_servers() -> None:
    for body in ({"data": [{"id": "a"}]}, {"models": [{"name": "a"}]}, {"models": [{"model": "a"}]}):
        assert model_ids(body) == ["a"]


def test_many_ask_at_once() -> None:
    with running_model(lambda *_: models("m")) as model:
        good: list[bool] = []
        threads = [threading.Thread(target=lambda: good.append(list_models(model.upstream()).is_good))
                   for _ in range(8)]
        for each in threads:
            each.start()
        for each in threads:
            each.join(10)
        assert good == [True] * 8


@pytest.mark.parametrize("base", ["http://api", "http://chat/v1", "http://models", "http://ui/", "http://docs/api",
                                  "http://responses:80", "http://v1/v1/v1", "https://api.example/v1/chat/completions"])
def test_no_alternative_leads_to_another_host(base: str) -> None:
    """The key goes along. A service called `api` once made http://v1 of itself."""
    assert alternatives(clean_base(base)) and all(same_origin(base, each) for each in alternatives(clean_base(base)))


@pytest.mark.parametrize("host", [
    "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518", "[::169.254.169.254]", "[::ffff:a9fe:a9fe]",
    "[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::1]", "[fe80::a9fe:a9fe]", "[::ffff:0:a9fe:a9fe]", "[ff02::1]",
    "METADATA.google.internal.", "224.0.0.1"])
def test_a_clouds_address_is_known_however_it_is_written(host: str) -> None:
    with pytest.raises(Unfit):
        clean_base(f"http://{host}/v1")
    came = ask("GET", f"http://{host}/latest/meta-data", seconds=2.0)
    assert came.status is None and came.detail in ("forbidden", "name")
