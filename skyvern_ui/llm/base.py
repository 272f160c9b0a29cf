"""The address of a model: cleaned as it was meant, judged before anything is sent, mended where it is nearly right."""

from __future__ import annotations

import ipaddress
import re
import socket
from urllib.parse import urlsplit

from ..relay.knock import is_forbidden

METADATA_HOSTS = {"metadata.google.internal", "metadata"}
TOO_FAR = ("/chat/completions", "/completions", "/responses", "/embeddings", "/images/generations", "/models",
           "/messages")
VERSION = re.compile(r"/v\d+(?:beta|alpha)?(?:/openai)?$|/openai$|/paas/v\d+$")


class Unfit(ValueError):
    """This address or this key is never asked with. The text is one sentence for people, without the key."""


def clean_base(text: str) -> str:
    """An address as it is stored: without spaces and closing slashes, with a scheme. Raises Unfit."""
    text = text.strip()
    if text.endswith("://"):
        raise Unfit("The address must look like http://host:4000/v1.")
    text = text.rstrip("/")
    if text and "://" not in text:
        text = "http://" + text
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise Unfit("The address must look like http://host:4000/v1.") from error
    plain = text.isascii() and text.isprintable() and " " not in text and "\\" not in text
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or not plain or len(text) > 500:
        raise Unfit("The address must look like http://host:4000/v1.")
    if "@" in parts.netloc or "?" in text or "#" in text:
        raise Unfit("The address must hold no user name, question mark or fragment. The key has a field of its own.")
    if is_closed(parts.hostname):
        raise Unfit("This address belongs to the machine's own cloud, never to a model.")
    return text


def is_closed(host: str) -> bool:
    """True for a name or an address that hands out a cloud's secrets. Loopback and private ones are open: there run
    Ollama and LiteLLM."""
    plain = host.lower().rstrip(".").partition("%")[0]
    if plain in METADATA_HOSTS:
        return True
    try:
        address = str(ipaddress.ip_address(plain))
    except ValueError:
        try:
            address = socket.inet_ntoa(socket.inet_aton(plain))  # 2852039166, 0xa9fea9fe, 169.254.43518
        except (OSError, ValueError):
            return False
    return is_forbidden(address)


def same_origin(one: str, other: str) -> bool:
    """True when a key that was given for one address may go to the other: scheme, host and port are the same."""
    return _origin(one) == _origin(other)


def alternatives(base: str) -> list[str]:
    """Where else the same server may have its API, the likeliest first, without `base` itself."""
    parts = urlsplit(base)
    place, trimmed = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    for ending in TOO_FAR:
        trimmed = trimmed.removesuffix(ending)
    while trimmed.endswith("/v1/v1"):
        trimmed = trimmed.removesuffix("/v1")
    root = trimmed.removesuffix("/v1")
    paths = [trimmed, trimmed if VERSION.search(trimmed) else trimmed + "/v1", root, root + "/v1",
             re.sub(r"(/ui|/chat|/docs|/api)?$", "", root) + "/v1"]
    wanted = [place + path for path in dict.fromkeys(paths)]  # never another host: the key goes along
    return [each for each in wanted if each != base.rstrip("/")][:3]


def _origin(text: str) -> tuple[str, str, int]:
    try:
        parts = urlsplit(text)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return "", "", 0
    return parts.scheme, (parts.hostname or "").lower(), port
