"""A mail server on loopback that keeps what it is sent, so that Skyvern can ask people and nobody is asked.

    with running_mail(folder) as mail, running_skyvern(…, settings=mail.settings): mail.letters
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.mail_sink import running_sink

NO_DNS = "import email_validator\nemail_validator.CHECK_DELIVERABILITY = False\n"


@dataclass
class Mail:
    """The running sink. `settings` is what Skyvern needs in its environment to use it."""

    settings: dict[str, str]
    letters: list[EmailMessage]


@contextmanager
def running_mail(folder: Path) -> Iterator[Mail]:
    """The sink for as long as the block lasts; `folder` gets its certificate, and what keeps Skyvern from asking
    the DNS whether a domain takes mail."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sitecustomize.py").write_text(NO_DNS)
    with running_sink("smtp", _certified(folder / "mail.pem")) as sink:
        yield Mail({"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(sink.port), "SMTP_USERNAME": "u", "SMTP_PASSWORD": "p",
                    "ALLOW_SMTP_INTERNAL_HOSTS": "true", "PYTHONPATH": str(folder)}, sink.letters)


def _certified(file: Path) -> ssl.SSLContext:
    """A server's side of TLS with a certificate that nobody has signed: smtplib does not look."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    today = datetime.now(UTC)
    signed = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), today,
                                     today + timedelta(days=1)).sign(key, hashes.SHA256())
    file.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                       serialization.NoEncryption())
                     + signed.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
