"""Where a person's webhook may lead: never inside our own network, unless it is listed."""

from __future__ import annotations

import socket

import pytest

from skyvern_ui.relay.hook import judge_hook, post
from skyvern_ui.skyvern.errors import Blocked, Broken, Redirected, TimedOut, Unreachable

from ..support.people import Browser
from ..support.receiver import Receiver

INSIDE = [
    "http://127.0.0.1/x", "http://127.1/x", "http://2130706433/x", "http://0x7f000001/x", "http://0177.0.0.1/x",
    "http://localhost/x", "http://LOCALHOST:8000/x", "http://a.localhost/x", "http://10.0.0.5/x",
    "http://192.168.1.1:8080/x", "http://172.16.3.4/x", "http://169.254.169.254/latest/meta-data", "http://0.0.0.0/x",
    "http://100.64.0.1/x", "http://168.63.129.16/x", "http://224.0.0.1/x", "https://192.0.2.1/x",
]
SENSELESS = [
    "ftp://example.com/x", "file:///etc/passwd", "http://", "http://user@example.com/x", "http://u:p@example.com/",
    "http://[::1]/x", "http://[::ffff:127.0.0.1]/x", "http://example.com:0/x", "http://example.com:99999/x",
    "http://exa mple.com/x", "http://example.com/x#y", "http://example.com\\@127.0.0.1/", "http://example.com/\r\nX: y",
    "http://example.com/%zz", "javascript:alert(1)", "http://exämple.com/x", "http://example.com/" + "x" * 3000,
]


@pytest.mark.parametrize("url", INSIDE + SENSELESS)
def test_refused_before_anything_is_resolved(url: str) -> None:
    with pytest.raises(Blocked):
        judge_hook(url, ())


@pytest.mark.parametrize("url", ["http://169.254.169.254/x", "http://0.0.0.0/x", "http://2130706433/x"])
def test_some_are_refused_even_when_listed(url: str) -> None:
    with pytest.raises(Blocked):
        judge_hook(url, ("169.254.169.254", "0.0.0.0", "2130706433"))


@pytest.mark.parametrize("url", ["https://example.com", "https://example.com/a?b=c", "http://example.com:8080/x%20y",
                                 "https://hooks.example.com?x=1", "http://8.8.8.8/x"])
def test_the_public_ones_pass(url: str) -> None:
    assert judge_hook(url, ()).target.startswith("/")


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00::1", "::ffff:10.0.0.1"])
def test_a_name_that_leads_inside_is_refused_when_it_is_resolved(monkeypatch: pytest.MonkeyPatch, inside: str) -> None:
    family = socket.AF_INET6 if ":" in inside else socket.AF_INET
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 80)),
             (family, socket.SOCK_STREAM, 6, "", (inside, 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: found)
    with pytest.raises(Blocked, match="inside a network"):
        post(judge_hook("http://hook.example.com/x", ()), b"{}", [])


def test_it_goes_out_once_and_follows_nothing(receiver: Receiver) -> None:
    place = judge_hook(receiver.url, ("127.0.0.1",))
    assert post(place, b'{"a":1}', [("x-a", "b")]) == 200
    headers, body = receiver.got[0]
    assert body == b'{"a":1}' and headers["x-a"] == "b" and headers["content-type"] == "application/json"
    receiver.answers.append(302)
    with pytest.raises(Redirected):
        post(place, b"{}", [])
    assert len(receiver.got) == 2


def test_a_receiver_that_hangs_is_left_in_time(receiver: Receiver) -> None:
    receiver.hold.clear()
    with pytest.raises(TimedOut):
        post(judge_hook(receiver.url, ("127.0.0.1",)), b"{}", [], seconds=0.5)


def test_nobody_there(receiver: Receiver) -> None:
    with pytest.raises((Unreachable, Broken)):
        post(judge_hook("http://127.0.0.1:1/x", ("127.0.0.1",)), b"{}", [], seconds=2)


@pytest.mark.usefixtures("connected")
@pytest.mark.parametrize("url", ["http://10.0.0.5/x", "http://localhost/x", "ftp://example.com", "", "http://u:p@e.com"])
def test_the_form_says_so_and_keeps_what_was_typed(ben: Browser, url: str) -> None:
    page = ben.post("/tasks", {"prompt": "[slow]", "engine": "skyvern-1.0"})
    run_id = str(page.headers["Location"]).rsplit("/", 1)[1]
    refused = ben.post("/notices", {"run": run_id, "about": "run", "outcomes": "trouble", "channel": "webhook",
                                    "address": url})
    assert refused.status == 422
    assert refused.one(".field__error") and refused.one("#address")["value"] == url
    assert refused.one("input[name=outcomes][value=trouble]").has_attr("checked")
