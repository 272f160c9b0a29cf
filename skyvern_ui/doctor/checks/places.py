"""Addresses of a Skyvern: what may be wrong with one as it is written, and which others are worth a try."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from ...config import Settings

API_PORT = 8000
HOME = ("localhost", "127.0.0.1", "::1", "0.0.0.0")  # noqa: S104 - compared with, never bound
_PREFIX = re.compile(r"(?:/api/v[12]|/v1|/api)+/?$")
MOST = 6


def in_container() -> bool:
    """Whether this process runs in Docker or Podman, where `localhost` is the container itself."""
    return Path("/.dockerenv").exists() or Path("/run/.containerenv").exists()


def prefix_in(url: str) -> str:
    """What an address ends with that our routes add by themselves: `/api/v1`, `/v1`, `/api`, also twice; or ""."""
    found = _PREFIX.search(urlsplit(url).path)
    return found.group().rstrip("/") if found else ""


def is_home(url: str) -> bool:
    """Whether the address means this very machine."""
    return (urlsplit(url).hostname or "") in HOME


def own_addresses(settings: Settings) -> set[tuple[str, int]]:
    """Host and port under which we ourselves answer."""
    own = {(host, settings.port) for host in (*HOME, settings.host) if settings.port}
    if settings.public_url:
        own.add(_host_port(settings.public_url))
    return own


def is_own(url: str, settings: Settings) -> bool:
    """Whether an address of Skyvern is our own by mistake."""
    return _host_port(url) in own_addresses(settings)


def neighbours(url: str, settings: Settings, *, in_docker: bool | None = None) -> list[str]:
    """Other addresses under which the same Skyvern may answer, the likeliest first: the same host without a path, with
    the other scheme, on the API's usual port; in a container the names that mean the host or Skyvern's own service."""
    parts = urlsplit(url)
    host, scheme = parts.hostname or "", parts.scheme
    bare = f"[{host}]" if ":" in host else host
    netloc = parts.netloc.rpartition("@")[2]
    path = parts.path.rstrip("/")
    cut = path.removesuffix(prefix_in(url))
    other = "http" if scheme == "https" else "https"
    found = [f"{scheme}://{netloc}{cut}", f"{scheme}://{netloc}", f"{other}://{netloc}{cut}",
             f"http://{bare}:{API_PORT}"]
    if not path:
        found += [f"{scheme}://{netloc}/skyvern", f"{scheme}://{netloc}/api"]
    if in_docker if in_docker is not None else in_container():
        found += [f"http://skyvern:{API_PORT}", f"http://host.docker.internal:{API_PORT}"]
    elif host in ("skyvern", "host.docker.internal"):
        found.append(f"http://localhost:{API_PORT}")
    wanted = (each for each in dict.fromkeys(found) if each != url.rstrip("/") and not is_own(each, settings))
    return list(wanted)[:MOST + 2]


def _host_port(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = None
    return parts.hostname or "", port or (443 if parts.scheme == "https" else 80)
