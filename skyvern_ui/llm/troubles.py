"""What kept an answer from coming, in the words that the table of errors reads (`diagnosis.Reply.trouble`)."""

from __future__ import annotations

import socket
import ssl

from urllib3.exceptions import NameResolutionError, SSLError

from ..skyvern.errors import Busy, Redirected, SkyvernError, TimedOut, Unreachable


def trouble_of(error: SkyvernError) -> str:
    """`timeout`, `redirect`, `name`, `tls`, `refused` or `reset`; empty when our own connections were all in use."""
    if isinstance(error, Busy):
        return ""
    if isinstance(error, TimedOut):
        return "timeout"
    if isinstance(error, Redirected):
        return "redirect"
    if not isinstance(error, Unreachable):
        return "reset"
    cause: BaseException | None = error
    for _ in range(6):
        if isinstance(cause, NameResolutionError | socket.gaierror | UnicodeError):
            return "name"
        if isinstance(cause, ssl.SSLError | SSLError):
            return "tls"
        cause = cause.__cause__ or cause.__context__ if cause is not None else None
    return "refused"
