"""A mail server on loopback that keeps what it is sent, so that Skyvern can ask people and nobody is asked.

    with running_mail(folder) as mail, running_skyvern(…, settings=mail.settings): mail.letters
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NO_DNS = "import email_validator\nemail_validator.CHECK_DELIVERABILITY = False\n"
ANSWERS = {"AUTH": "235 Welcome", "DATA": "354 Go on", "QUIT": "221 Bye", "STARTTLS": "220 Go on"}


@dataclass
class Mail:
    """The running sink. `settings` is what Skyvern needs in its environment to use it."""

    settings: dict[str, str]
    letters: list[EmailMessage] = field(default_factory=list)


class _Handler(StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        with suppress(OSError):
            self._say("220 mail")
            while line := self.rfile.readline():
                verb = line.split()[0].decode("ascii", "replace").upper() if line.split() else ""
                if verb == "EHLO":
                    self._say("250-mail\r\n250-AUTH PLAIN\r\n250 STARTTLS")
                else:
                    self._say(ANSWERS.get(verb, "250 OK"))
                if verb == "STARTTLS":
                    self.request = self.server.tls.wrap_socket(self.request, server_side=True)
                    self.setup()
                elif verb == "DATA":
                    self._keep()
                elif verb == "QUIT":
                    return

    def _keep(self) -> None:
        letter = b""
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            letter += line.removeprefix(b".") if line.startswith(b"..") else line
        self.server.mail.letters.append(message_from_bytes(letter, policy=policy.default))
        self._say("250 Kept")

    def _say(self, answer: str) -> None:
        self.wfile.write(f"{answer}\r\n".encode())


class _Server(ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, tls: ssl.SSLContext, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.tls = tls
        self.mail = Mail({"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(self.server_address[1]), "SMTP_USERNAME": "u",
                          "SMTP_PASSWORD": "p", "ALLOW_SMTP_INTERNAL_HOSTS": "true", "PYTHONPATH": str(folder)})


@contextmanager
def running_mail(folder: Path) -> Iterator[Mail]:
    """The sink for as long as the block lasts; `folder` gets its certificate, and what keeps Skyvern from asking
    the DNS whether a domain takes mail."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sitecustomize.py").write_text(NO_DNS)
    server = _Server(_certified(folder / "mail.pem"), folder)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.mail
    finally:
        server.shutdown()
        server.server_close()


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
