"""Ports that should not be reachable from outside."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from ...relay.addresses import is_public
from ...relay.knock import Closed, find_addresses
from ..check import Check, Patient
from ..deploy.rules import is_loopback
from ..echo.call import NO_PUBLIC_URL, public_host
from ..finding import Finding, ok, skip
from .open_doors import API, DOORS, Door, Seen, look_at

LAYER = "doors"
CLOSE = ("In Compose, write `expose:` in place of `ports:` for it (our docker-compose.yml does), or bind it to "
         "127.0.0.1.")
FIREWALL = ("This was seen from this server. A firewall in front of it may close the port to others; from elsewhere, "
            "$ curl -m 5 http://{host}:{port}/ tells.")


def look_at_public_host(patient: Patient) -> Finding:
    """The usual ports of a Skyvern at the host of our public address."""
    check, host = "doors-public", public_host(patient)
    if not host:
        return skip(check, LAYER, NO_PUBLIC_URL)
    if is_loopback(host):
        return skip(check, LAYER, "The public address is this machine's own: nobody else comes by it.")
    parts = urlsplit(patient.settings.public_url or "")
    ours = {parts.port or (443 if parts.scheme == "https" else 80), patient.settings.port}
    return doors_finding(check, host, look_at(host, [each for each in doors_of(patient) if each.port not in ours]))


def look_at_skyvern_host(patient: Patient) -> Finding:
    """The same at Skyvern's host, where that is one that others can reach."""
    check = "doors-skyvern"
    if patient.connection is None:
        return skip(check, LAYER, patient.why_none)
    host = patient.connection.host.lower()
    if host == public_host(patient):
        return skip(check, LAYER, "Skyvern is at the public address's host, which was looked at.")
    try:
        addresses = find_addresses(host, patient.connection.port, time.monotonic() + 3.0)
    except Closed:
        return skip(check, LAYER, "Skyvern's host was not found.")
    if not any(is_public(each) for each in addresses):
        return ok(check, LAYER, "Skyvern is inside your own network", ("Host", host))
    return doors_finding(check, host, look_at(host, doors_of(patient)))


def doors_of(patient: Patient) -> list[Door]:
    """The usual doors, with Skyvern's API at the port where it really is."""
    port = patient.connection.port if patient.connection and not patient.connection.is_sandbox else API.port
    others = [each for each in DOORS if each.port != port or each is API]
    moved = [] if port in (80, 443) or port == API.port else [replace(API, port=port)]
    return [*others, *moved]


def doors_finding(check: str, host: str, seen: Sequence[Seen]) -> Finding:
    """One finding for a host: the worst open door first."""
    evidence = tuple((f"Port {each.door.port}", _words(each)) for each in seen)
    opened = [each for each in seen if each.state == "open"]
    if not opened:
        return ok(check, LAYER, "Skyvern's own ports are closed", ("Host", host), *evidence)
    first = opened[0]
    others = "" if len(opened) == 1 else f", and {len(opened) - 1} more"
    gives = " ".join(dict.fromkeys(each.door.gives for each in opened[:2]))
    keyless = any(each.keyless for each in opened)
    only_api = all(each.door.needs_key for each in opened)
    return Finding(
        check, LAYER, "warn" if only_api and not keyless else "fail", "skyvern_keyless" if keyless else "door_open",
        f"{_capital(first.door.name)} is open to others{others}",
        gives + (" It does not even ask for a key." if keyless else ""),
        (*dict.fromkeys(f"Port {each.door.port}: {CLOSE}" for each in opened),
         FIREWALL.format(host=host, port=first.door.port)),
        (("Host", host), *evidence))


def _words(seen: Seen) -> str:
    if seen.state == "open":
        return f"{seen.door.name}{', without a key' if seen.keyless else ''}: open"
    return "something else answers" if seen.state == "other" else "closed"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


CHECKS: tuple[Check, ...] = (
    Check("doors-public", LAYER, "Ports at the public address", look_at_public_host, seconds=9.0),
    Check("doors-skyvern", LAYER, "Ports at Skyvern's host", look_at_skyvern_host, seconds=12.0),
)
