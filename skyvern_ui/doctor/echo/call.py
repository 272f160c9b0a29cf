"""Calling ourselves through the public address, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from ...relay.ask import Asked, ask
from ...relay.dial import trust
from ...sealed import Sealer
from ..check import Patient
from ..finding import Finding, skip
from .tokens import Purpose, echo_path, open_answer

NO_PUBLIC_URL = "PUBLIC_URL is not set, so there is no public address to look at."
NOT_REACHED = "Our public address could not be called from here. See \"Through the public address\"."


def ask_echo(patient: Patient, purpose: Purpose, query: str = "", headers: Iterable[tuple[str, str]] = (), *,
             body: bytes | None = None, seconds: float = 6.0) -> tuple[Asked, dict[str, Any] | None]:
    """Calls our own echo through PUBLIC_URL, which must be set; what came back, and what the echo said if it was ours.

    A certificate that is not accepted is passed over: the token is worth nothing to anybody, and only we can seal the
    answer. Raises nothing."""
    url, path = patient.settings.public_url or "", echo_path(patient.settings, purpose)
    context = trust(verify=False) if url.startswith("https:") else None
    asked = ask("GET" if body is None else "POST", url + path + query, headers, body, seconds=seconds,
                context=context, asked="echo")
    said = _last_event(asked.reply.body) if purpose == "drip" else asked.reply.body
    return asked, open_answer(sealer_of(patient), path, said)


def is_reached(patient: Patient, check: str, layer: str) -> Finding | None:
    """None when our echo answers at PUBLIC_URL; else what to say in place of looking through it."""
    if not patient.settings.public_url:
        return skip(check, layer, NO_PUBLIC_URL)
    return None if ask_echo(patient, "look", seconds=4.0)[1] else skip(check, layer, NOT_REACHED)


def sealer_of(patient: Patient) -> Sealer:
    """What this application seals its answers with."""
    sealer: Sealer = patient.app.extensions["sealer"]
    return sealer


def public_host(patient: Patient) -> str:
    """The host name of PUBLIC_URL, in lower case; empty when there is none."""
    return (urlsplit(patient.settings.public_url or "").hostname or "").lower()


def _last_event(body: bytes) -> bytes:
    events = [line[6:] for line in body.splitlines() if line.startswith(b"data: ")]
    return events[-1] if events else b""
