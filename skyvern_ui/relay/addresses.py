"""Is this IP address out on the public internet? Asked of every address before a connection.

The standard library's `is_global` answers yes for several that lead inside (`::127.0.0.1`, NAT64, 6to4,
Teredo, Azure's 168.63.129.16), so the ranges are our own, from the IANA special-purpose registries.
"""

from __future__ import annotations

import ipaddress
import socket

from skyvern_ui.skyvern.errors import Blocked, Unreachable

_LOOPBACK = ("127.0.0.0/8", "::1/128")
_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
_INSIDE_4 = (
    "0.0.0.0/8",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "168.63.129.16/32",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.31.196.0/24",
    "192.52.193.0/24",
    "192.88.99.0/24",
    "192.175.48.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/3",
)
_PUBLIC_6 = ipaddress.IPv6Network("2000::/3")
# Teredo and its neighbours, documentation, 6to4: all can carry an IPv4 address of the inside.
_INSIDE_6 = ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
_METADATA = ("fd00:ec2::254/128", "fd20:ce::254/128")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _networks(*texts: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


_CLOSED = _networks(*_LOOPBACK, *_PRIVATE, *_INSIDE_4, *_INSIDE_6)
_OWN = _networks(*_LOOPBACK, *_PRIVATE)
_NEVER = _networks(*_METADATA)


def is_public(address: str) -> bool:
    """Whether an address literal is an ordinary public one. Anything doubtful is not."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and (parsed.scope_id or parsed not in _PUBLIC_6):
        return False
    return not any(parsed in network for network in _CLOSED if network.version == parsed.version)


def is_own(address: str) -> bool:
    """Whether an address is loopback or private: where a configured origin of one's own may live."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if any(parsed in network for network in _NEVER if network.version == parsed.version):
        return False
    return any(parsed in network for network in _OWN if network.version == parsed.version)


def resolve(host: str, port: int, *, may_be_own: bool = False) -> list[str]:
    """Look a name up once and answer its addresses, all of them allowed, for the connection to use.

    One address of the inside poisons the whole name: `Blocked` with code `artifact_blocked_address`.
    With `may_be_own`, loopback and private addresses pass too. A name that does not resolve is
    `Unreachable`.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable("The artifact's host cannot be found.") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if not (is_public(address) or (may_be_own and is_own(address))):
            raise Blocked("The artifact's host leads to an address inside a network.", "artifact_blocked_address")
    if not addresses:
        raise Unreachable("The artifact's host cannot be found.")
    return addresses
