"""Handing in a mail: encrypted, in time, and with nothing in its head that was not put there."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from skyvern_ui.config import BadSetting
from skyvern_ui.mail import MailServer, NotSent, Uncertain, compose, send

from ..support.databases import settings_for
from ..support.mail_sink import Sink, running_sink

SENDER = "runs@skyvern.example"


@pytest.fixture
def certified(tmp_path: Path) -> ssl.SSLContext:
    """A server's side of TLS for 127.0.0.1; `mail.pem` in the same folder is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    today = datetime.now(UTC)
    signed = (x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(),
                                      today - timedelta(days=1), today + timedelta(days=1))
              .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False)
              .add_extension(x509.BasicConstraints(True, None), True).sign(key, hashes.SHA256()))
    public = signed.public_bytes(serialization.Encoding.PEM)
    (tmp_path / "ca.pem").write_bytes(public)
    (tmp_path / "mail.pem").write_bytes(public + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "mail.pem")
    return context


@pytest.fixture
def plain() -> Iterator[Sink]:
    with running_sink() as sink:
        yield sink



def hand_in(sink: Sink, text: str = "Hello\n", user: str = "", seconds: float = 15.0,
            context: ssl.SSLContext | None = None) -> None:
    url = sink.url.replace("://", f"://{user}:secret@") if user else sink.url
    message = compose(SENDER, "ben@example.com", "It ended", text, "n1")
    send(MailServer.from_url(url, SENDER), message, "ben@example.com", seconds=seconds, context=context)


@pytest.mark.parametrize("scheme", ["smtps", "smtp"])
def test_it_travels_encrypted_to_whom_the_certificate_names(scheme: str, certified: ssl.SSLContext, tmp_path: Path
                                                            ) -> None:
    with running_sink(scheme, certified) as sink:
        hand_in(sink, user="me", context=ssl.create_default_context(cafile=str(tmp_path / "ca.pem")))
        assert sink.letters[0]["Subject"] == "It ended"
        with pytest.raises(NotSent, match="certificate"):
            hand_in(sink)
        assert len(sink.letters) == 1


def test_without_starttls_nothing_is_sent_in_clear(plain: Sink) -> None:
    server = MailServer.from_url(plain.url.replace("smtp+plain", "smtp"), SENDER)
    with pytest.raises(NotSent, match="STARTTLS"):
        send(server, compose(SENDER, "ben@example.com", "x", "y", "n"), "ben@example.com")
    assert plain.letters == []


def test_a_server_that_drips_is_left_in_time(plain: Sink) -> None:
    plain.faults.append("silent")
    begun = time.monotonic()
    with pytest.raises(NotSent):
        hand_in(plain, seconds=1.0)
    assert time.monotonic() - begun < 5


def test_silence_after_the_last_dot_is_a_doubt(plain: Sink) -> None:
    plain.faults.append("swallow")
    with pytest.raises(Uncertain):
        hand_in(plain)


def test_nothing_typed_gets_into_the_head() -> None:
    evil = "Lamp\r\nBcc: everybody@example.com\r\n\r\n<script>\x00"
    read = message_from_bytes(compose(SENDER, "ben@example.com", evil, "text\n", "n1").as_bytes())
    assert read["Bcc"] is None and read["To"] == "ben@example.com" and "\n" not in str(read["Subject"])
    for address in ("ben@example.com\r\nBcc: x@example.com", "a@b, c@d", "nobody", "<x>@y"):
        with pytest.raises(ValueError):
            compose(SENDER, address, "x", "y", "n")


def test_a_line_of_one_dot_does_not_end_it(plain: Sink) -> None:
    hand_in(plain, "one\n.\n..two\n.three\n")
    assert plain.letters[0].get_content().splitlines() == ["one", ".", "..two", ".three"]


def test_other_alphabets_arrive(plain: Sink) -> None:
    message = compose(SENDER, "ben@example.com", "Größe 日本 failed", "Preis: 5 €\n", "n1")
    send(MailServer.from_url(plain.url, SENDER), message, "ben@example.com")
    assert plain.letters[0]["Subject"] == "Größe 日本 failed"
    assert plain.letters[0].get_content().splitlines() == ["Preis: 5 €"]
    assert plain.raw[0].isascii(), "a server that knows only seven bits takes it too"


@pytest.mark.parametrize("settings", [
    {"SMTP_URL": "smtps://mail.example.com"}, {"SMTP_URL": "http://mail", "MAIL_FROM": SENDER},
    {"SMTP_URL": "smtps://", "MAIL_FROM": SENDER}, {"SMTP_URL": "smtps://h/x", "MAIL_FROM": SENDER},
    {"SMTP_URL": "smtp+plain://u:p@h", "MAIL_FROM": SENDER}, {"SMTP_URL": "smtps://h", "MAIL_FROM": "nobody"},
    {"SMTP_URL": "smtps://h:x", "MAIL_FROM": SENDER},
])
def test_settings_that_cannot_be_used(tmp_path: Path, settings: dict[str, str]) -> None:
    with pytest.raises(BadSetting, match=r"SMTP_URL|MAIL_FROM") as refused:
        settings_for("sqlite:///x.db", tmp_path, **settings)
    assert "u:p" not in str(refused.value)


def test_the_password_is_in_no_repr(tmp_path: Path) -> None:
    found = settings_for("sqlite:///x.db", tmp_path, SMTP_URL="smtps://me:s%40cret@mail.example.com", MAIL_FROM=SENDER)
    assert found.mail and found.mail.password == "s@cret" and found.mail.port == 465
    assert "cret" not in repr(found)
