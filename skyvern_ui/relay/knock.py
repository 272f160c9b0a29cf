"""Resolving a name and connecting, and telling apart the ways in which that fails."""

from __future__ import annotations

import errno
import ipaddress
import queue
import select
import socket
import ssl
import threading
import time

from skyvern_ui.relay.dial import trust

MOST_ADDRESSES = 4
_NEVER = tuple(ipaddress.ip_network(text) for text in (
    "169.254.0.0/16", "168.63.129.16/32", "100.100.100.200/32", "224.0.0.0/4", "fd00:ec2::254/128", "fd20:ce::254/128",
    "fe80::/10", "ff00::/8"))
_CARRIES = {ipaddress.IPv6Network(text): shift for text, shift in (  # an IPv4 address inside, so many bits from the end
    ("::/96", 0), ("::ffff:0:0/96", 0), ("::ffff:0:0:0/96", 0), ("64:ff9b::/96", 0), ("2002::/16", 80))}
_NO_ROUTE = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}
_CERTIFICATE = {10: "expired", 18: "self_signed", 19: "self_signed", 20: "unknown_issuer", 21: "unknown_issuer",
                62: "wrong_name", 64: "wrong_name"}  # OpenSSL's X509_V_ERR_*
_PLAIN = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "UNKNOWN_PROTOCOL")
_TELLS_MOST = ("tls", "refused", "timeout")


class Closed(Exception):
    """No connection. `trouble` and `detail` as `relay.ask.Asked` names them."""

    def __init__(self, trouble: str, detail: str, addresses: tuple[str, ...] = ()) -> None:
        super().__init__(detail)
        self.trouble, self.detail, self.addresses = trouble, detail, addresses


def is_forbidden(address: str) -> bool:
    """True for addresses that belong to a machine's cloud, never to a server of ours."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return True
    inner = [ipaddress.IPv4Address(int(parsed) >> shift & 0xFFFFFFFF) for network, shift in _CARRIES.items()
             if parsed.version == 6 and parsed in network]
    return any(each in network for each in (parsed, *inner) for network in _NEVER if network.version == each.version)


def find_addresses(host: str, port: int, deadline: float) -> tuple[str, ...]:
    """The addresses of a name, in the system's order. `deadline` is a moment of `time.monotonic()`, although the
    system's resolver knows none. Raises Closed."""
    results: queue.SimpleQueue[tuple[str, ...] | None] = queue.SimpleQueue()

    def resolve() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            results.put(tuple(dict.fromkeys(str(entry[4][0]) for entry in found)))
        except (OSError, UnicodeError):
            results.put(None)

    threading.Thread(target=resolve, daemon=True).start()
    try:
        addresses = results.get(timeout=max(0.0, deadline - time.monotonic()))
    except queue.Empty:
        raise Closed("timeout", "name") from None
    if not addresses:
        raise Closed("name", "name")
    return addresses


def knock(scheme: str, host: str, port: int, deadline: float,
          context: ssl.SSLContext | None = None) -> tuple[socket.socket, str, tuple[str, ...]]:
    """A connected socket (for https after the handshake), the address it leads to, and all that the name stands for.
    Each address gets its share of the time. Raises Closed."""
    addresses = find_addresses(host, port, deadline)
    failures: list[Closed] = []
    tried = addresses[:MOST_ADDRESSES]
    for left, address in zip(range(len(tried), 0, -1), tried, strict=True):
        until = time.monotonic() + max(0.0, deadline - time.monotonic()) / left
        try:
            if is_forbidden(address):
                raise Closed("refused", "forbidden")
            sock = _connect(address, port, until)
            return (_secure(sock, host, deadline, context) if scheme == "https" else sock), address, addresses
        except Closed as closed:
            failures.append(closed)
    telling = min(failures, key=lambda each: _TELLS_MOST.index(each.trouble) if each.detail != "no_route" else 9)
    raise Closed(telling.trouble, telling.detail, addresses)


def _connect(address: str, port: int, until: float) -> socket.socket:
    sock: socket.socket | None = None
    try:
        sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        sock.settimeout(max(0.001, until - time.monotonic()))
        sock.connect((address, port))
        return sock
    except TimeoutError:
        closed = Closed("timeout", "connect")
    except OSError as error:
        closed = Closed("refused", "no_route" if error.errno in _NO_ROUTE else "refused")
    if sock is not None:
        sock.close()
    raise closed


def _secure(sock: socket.socket, host: str, deadline: float, context: ssl.SSLContext | None) -> socket.socket:
    """The handshake, its steps taken one by one so that the deadline holds for all of them, under gevent too."""
    tls: ssl.SSLSocket | None = None
    try:
        context = context or trust()
        tls = context.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
        tls.settimeout(0)
        while True:
            try:
                tls.do_handshake()
                return tls
            except ssl.SSLWantReadError:
                _wait(tls, select.POLLIN, deadline)
            except ssl.SSLWantWriteError:
                _wait(tls, select.POLLOUT, deadline)
    except ssl.SSLCertVerificationError as error:
        closed = Closed("tls", _CERTIFICATE.get(error.verify_code, "handshake"))
    except ssl.SSLError as error:
        closed = Closed("tls", "plain" if (error.reason or "") in _PLAIN else "handshake")
    except TimeoutError:
        closed = Closed("timeout", "handshake")
    except (OSError, ValueError):
        closed = Closed("tls", "handshake")
    (tls or sock).close()
    raise closed


def _wait(sock: socket.socket, event: int, deadline: float) -> None:
    poll = select.poll()
    poll.register(sock.fileno(), event)
    left = deadline - time.monotonic()
    if left <= 0 or not poll.poll(left * 1000):
        raise TimeoutError
