"""What the proxy in front of us does to requests, judged from what reached us."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from ...config import Settings
from ..check import RequestFacts
from ..deploy.rules import is_loopback
from ..finding import Finding, Verdict

LAYER = "proxies"
KNOWN = (("vegur", "Heroku"), ("cloudflare", "Cloudflare"), ("caddy", "Caddy"), ("varnish", "Varnish"))
SET_FOR = ("nginx: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header Host $http_host;",
           "Caddy and Traefik send the right headers by themselves.",
           "Heroku: its router's addresses change, so trust the network of the dyno's peer only (10.0.0.0/8).")


def proxy_findings(settings: Settings, facts: RequestFacts, check: str, *, by_public_url: bool) -> Iterator[Finding]:
    """What is wrong with how a request came. `by_public_url` says that it was certainly sent to PUBLIC_URL."""
    headers = {name.lower(): value for name, value in facts.forwarded}
    peer, trusted = facts.peer, settings.trusted_proxies
    if headers.get("x-forwarded-for") and not is_trusted(settings, peer):
        explain = ("A proxy stands in front and says who the visitor is, but it is not believed: in the audit, and for "
                   "the limits on signing in, everybody has the proxy's address.")
        fix = f"Set TRUSTED_PROXIES={','.join([*map(str, trusted), peer])} and restart this server."
        yield _found(check, "warn", "proxy_not_trusted", "The proxy in front of us is not trusted", explain, fix)
    elif trusted and by_public_url and not headers.get("x-forwarded-for") and is_trusted(settings, peer) \
            and not is_loopback(peer):
        yield _found(check, "warn", "no_forwarded_for", "The proxy does not say who the visitor is",
                     "It is trusted, but sends no X-Forwarded-For: everybody has its address.", *SET_FOR)
    if settings.public_url is None and headers.get("x-forwarded-proto", "").lower() == "https":
        yield _found(check, "fail", "https_unknown", "The proxy speaks https, and this server does not know",
                     "Forms and live pictures are refused, because their origin is not the one that this server "
                     "expects; cookies are not protected.", f"Set PUBLIC_URL=https://{facts.host} and restart.")
    yield from _host(settings, facts, check, headers, by_public_url)


def is_trusted(settings: Settings, address: str) -> bool:
    """Whether this address is one of TRUSTED_PROXIES."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in settings.trusted_proxies)


def proxy_name(facts: RequestFacts) -> str:
    """The name of the proxy, where it gives one away."""
    said = " ".join(value for name, value in facts.forwarded if name in ("Via", "Forwarded")).lower()
    if any(name == "CF-Connecting-IP" for name, _ in facts.forwarded):
        return "Cloudflare"
    return next((name for word, name in KNOWN if word in said), "")


def _host(settings: Settings, facts: RequestFacts, check: str, headers: dict[str, str], by_public_url: bool
          ) -> Iterator[Finding]:
    wanted = urlsplit(settings.public_url or "").netloc.lower()
    if not wanted or facts.host.lower() == wanted:
        return
    if by_public_url or headers.get("x-forwarded-host", "").lower() == wanted:
        yield _found(check, "warn", "host_rewritten", "The proxy changes the Host header",
                     f"It sends {facts.host} in place of {wanted}. With any name but localhost this server refuses all "
                     "requests.", SET_FOR[0])
    elif not is_loopback(urlsplit(f"//{facts.host}").hostname or ""):
        yield _found(check, "warn", "other_address", "You came by another address than PUBLIC_URL",
                     f"You came to {facts.host}, and PUBLIC_URL is {settings.public_url}. Forms and live pictures are "
                     "refused there, and links in messages lead to the other one.",
                     "Set PUBLIC_URL to the address that people use, or use that address.")


def _found(check: str, verdict: Verdict, code: str, title: str, explain: str, *fix: str) -> Finding:
    return Finding(check, LAYER, verdict, code, title, explain, fix)
