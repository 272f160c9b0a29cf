"""Sending one e-mail: over TLS, within a deadline, and with the truth about whether it was taken.

The message goes out in steps, because only the last one can leave a doubt: once the final dot is on its way, a
broken connection does not say whether the server has taken the message.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, localtime
from urllib.parse import unquote, urlsplit

SECONDS = 15.0
LEADING_DOT = re.compile(rb"(?m)^\.")
PORTS = {"smtps": 465, "smtp": 587, "smtp+plain": 25}


class NotSent(Exception):
    """The message was certainly not taken. `is_final`: trying again would not help."""

    def __init__(self, sentence: str, is_final: bool = False) -> None:
        super().__init__(sentence)
        self.sentence, self.is_final = sentence, is_final


class Uncertain(Exception):
    """The connection broke after the whole message was written: it may or may not have been taken."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in. `scheme`: `smtps` is TLS at once, `smtp` STARTTLS, `smtp+plain` neither."""

    scheme: str
    host: str
    port: int
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def from_url(cls, url: str, sender: str) -> MailServer:
        """From `smtps://user:password@host:465`. Raises ValueError with a sentence."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise ValueError("it must look like smtps://user:password@host:465") from error
        if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError("it must look like smtps://user:password@host:465 (or smtp:// for STARTTLS)")
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        if parts.scheme == "smtp+plain" and user:
            raise ValueError("a password may not cross the network in clear: use smtps:// or smtp://")
        return cls(parts.scheme, parts.hostname, port or PORTS[parts.scheme], sender, user, password)


def compose(sender: str, to: str, subject: str, text: str, message_id: str) -> EmailMessage:
    """A plain text message. Line breaks and control characters cannot get into its head. Raises ValueError for an
    address that is none."""
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    try:
        message["From"] = Address(display_name="Skyvern UI", addr_spec=sender)
        message["To"] = Address(addr_spec=to)
    except (MessageError, IndexError) as error:
        raise ValueError("not an address") from error
    message["Subject"] = "".join(c if c.isprintable() else " " for c in subject)[:200]
    message["Date"] = format_datetime(localtime())
    message["Message-ID"] = f"<{message_id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message


def send(server: MailServer, message: EmailMessage, to: str, *, seconds: float = SECONDS,
         context: ssl.SSLContext | None = None) -> None:
    """Hand the message in, within `seconds` for everything. Raises NotSent or Uncertain."""
    written = False
    try:
        with _connected(server, seconds, context or ssl.create_default_context()) as smtp:
            _expect(smtp.mail(server.sender), 250)
            _expect(smtp.rcpt(to), 250, 251)
            _expect(smtp.docmd("DATA"), 354)
            smtp.send(LEADING_DOT.sub(b"..", message.as_bytes().rstrip(b"\r\n")))
            written = True
            smtp.send(b"\r\n.\r\n")
            _expect(smtp.getreply(), 250)
            with suppress(smtplib.SMTPException, OSError):
                smtp.quit()
    except NotSent:
        raise
    except smtplib.SMTPAuthenticationError as error:
        raise NotSent("The mail server does not accept the user name and password of SMTP_URL.") from error
    except smtplib.SMTPNotSupportedError as error:
        raise NotSent("The mail server does not offer STARTTLS, so nothing was sent.") from error
    except ssl.SSLError as error:
        raise NotSent("The mail server's certificate could not be checked.") from error
    except (smtplib.SMTPException, OSError, ValueError) as error:
        if written:
            raise Uncertain from error
        raise NotSent("The mail server could not be reached, or broke off.") from error


@contextmanager
def _connected(server: MailServer, seconds: float, context: ssl.SSLContext) -> Iterator[smtplib.SMTP]:
    """A session that is cut when its time is over, however slowly the server drips."""
    timeout = min(seconds, SECONDS)
    smtp: smtplib.SMTP = (smtplib.SMTP_SSL(timeout=timeout, context=context) if server.scheme == "smtps"
                          else smtplib.SMTP(timeout=timeout))
    smtp._host = server.host  # type: ignore[attr-defined] # what the certificate is checked against
    cut = threading.Timer(seconds, lambda: _cut(smtp))
    cut.daemon = True
    cut.start()
    try:
        smtp.connect(server.host, server.port)
        if server.scheme == "smtp":
            smtp.starttls(context=context)
        if server.user:
            smtp.login(server.user, server.password)
        smtp.ehlo_or_helo_if_needed()
        yield smtp
    finally:
        cut.cancel()
        smtp.close()


def _cut(smtp: smtplib.SMTP) -> None:
    sock: socket.socket | None = getattr(smtp, "sock", None)
    if sock is not None:
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


def _expect(answer: tuple[int, bytes], *codes: int) -> None:
    code, said = answer
    if code in codes:
        return
    words = "".join(c if c.isprintable() else " " for c in said.decode("utf-8", "replace"))[:200]
    raise NotSent(f"The mail server answered {code}: {words}", is_final=500 <= code < 600)
