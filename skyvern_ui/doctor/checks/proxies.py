"""What stands in front of us, and whether we believe the right ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...relay.ask import Asked, ask
from ..check import Check, Patient, RequestFacts
from ..echo.call import NO_PUBLIC_URL, ask_echo
from ..finding import Finding, ok, skip
from .gathered import gathered
from .proxy_words import SET_FOR, is_trusted, proxy_findings, proxy_name

LAYER = "proxies"
FORGED = "203.0.113.77"  # an address of the documentation: nobody has it (RFC 5737)
Pairs = tuple[tuple[str, str], ...]


def look_at_request(patient: Patient) -> Finding:
    """How the request of whoever asked came in."""
    check, facts = "proxies-request", patient.request
    if facts is None:
        return skip(check, LAYER, "Nobody's browser asked, so there is no request to look at.")
    fine = ok(check, LAYER, "Your own request came in as it should", *_evidence(facts))
    return gathered(fine, list(proxy_findings(patient.settings, facts, check, by_public_url=False)))


def look_through_public(patient: Patient) -> Finding:
    """How a call to PUBLIC_URL comes in, with a visitor's address that is forged."""
    check = "proxies-public"
    if not patient.settings.public_url:
        return skip(check, LAYER, NO_PUBLIC_URL)
    asked, said = ask_echo(patient, "look", headers=[("X-Forwarded-For", FORGED)])
    if said is None:
        return not_ours(patient, check, asked)
    facts = _facts(said)
    troubles = [*_forgeable(patient, check, facts, said), *_certificate(patient, check)]
    # a header that came through untouched is our own, and says nothing of a proxy
    pairs = tuple(pair for pair in facts.forwarded if pair != ("X-Forwarded-For", FORGED))
    facts = replace(facts, forwarded=pairs)
    fine = ok(check, LAYER, "The public address leads here", *_evidence(facts),
              ("Taken for the visitor", str(said.get("client"))))
    troubles += proxy_findings(patient.settings, facts, check, by_public_url=True)
    return gathered(fine, troubles)


def not_ours(patient: Patient, check: str, asked: Asked) -> Finding:
    """What answered at PUBLIC_URL in our place, or what kept us from asking."""
    url = patient.settings.public_url or ""
    evidence: Pairs = (("Asked", url), ("Answer", str(asked.status or asked.detail)))
    if asked.status is None or asked.reply.trouble == "timeout":
        if patient.request is not None and patient.request.host.lower() == url.partition("://")[2].lower():
            return skip(check, LAYER, "This server cannot call its own public address, which is usual behind a router "
                                      "or in a container. Your browser can: your request came by it.")
        return Finding(check, LAYER, "warn", "public_unreachable", "This server cannot call its own public address",
                       "Either it leads nowhere, or only from outside. Then live pictures and the proxy cannot be "
                       "looked at from here.", ("Open PUBLIC_URL in a browser. If that works, ignore this.",), evidence)
    if asked.status == 400 and b"not known under that name" in asked.reply.body:
        return Finding(check, LAYER, "fail", "host_rewritten", "The proxy changes the Host header, so we refuse it",
                       "Requests arrive under a name that is not PUBLIC_URL's.", (SET_FOR[0],), evidence)
    if asked.reply.trouble == "redirect":
        return Finding(check, LAYER, "warn", "public_redirects", "PUBLIC_URL leads on to another address",
                       "It must be the address at which people end: with another one, forms and live pictures are "
                       "refused.",
                       (f"Set PUBLIC_URL to where {asked.location.partition('/doctor/')[0] or 'it'} leads.",),
                       (*evidence, ("Leads to", asked.location.partition("/doctor/")[0])))
    if asked.status in (401, 403, 407):
        return Finding(check, LAYER, "warn", "public_login", "A login stands in front of the public address",
                       "People may pass it; programs with keys of this server, and Skyvern's webhooks, cannot.",
                       ("Let the proxy pass /api/ without its own login: this server asks for a key there.",), evidence)
    if asked.status in (502, 503, 504):
        return Finding(check, LAYER, "fail", "proxy_upstream_down", "The proxy at the public address does not reach us",
                       f"It answers {asked.status} itself.", ("Correct the address of this server in the proxy.",),
                       evidence)
    return Finding(check, LAYER, "fail", "another_server", "Another server answers at the public address",
                   "It is not this one, or one of several with a different SECRET_KEY.",
                   ("Correct PUBLIC_URL, or give all processes the same SECRET_KEY.",), evidence)


def _forgeable(patient: Patient, check: str, facts: RequestFacts, said: dict[str, Any]) -> list[Finding]:
    """Whether the address that we made up was believed although nobody trusted vouched for it."""
    forwarded = next((value for name, value in facts.forwarded if name == "X-Forwarded-For"), "")
    if said.get("client") != FORGED or forwarded != FORGED or not is_trusted(patient.settings, facts.peer):
        return []
    return [Finding(check, LAYER, "fail", "address_forgeable", "Anybody can write any address into the audit log",
                    "The proxy passes on what a visitor says of himself, and TRUSTED_PROXIES makes us believe it; the "
                    "limits on signing in can be got round.",
                    (SET_FOR[0], "Or, without a proxy in between, remove this address from TRUSTED_PROXIES."))]


def _certificate(patient: Patient, check: str) -> list[Finding]:
    url = patient.settings.public_url or ""
    if not url.startswith("https:"):
        return []
    asked = ask("GET", f"{url}/healthz", seconds=4.0, asked="echo")
    if asked.reply.trouble != "tls":
        return []
    words = {"expired": "has expired", "wrong_name": "is for another name"}.get(asked.detail, "is not accepted")
    return [Finding(check, LAYER, "warn", "certificate", f"The certificate of the public address {words}",
                    "With a private authority that this machine does not know, browsers may still accept it.",
                    ("Renew it, or correct the name in it.",), (("Certificate", asked.detail),))]


def _facts(said: dict[str, Any]) -> RequestFacts:
    pairs = tuple((str(name), str(value)) for name, value in said.get("forwarded") or ())
    return RequestFacts(str(said.get("peer")), str(said.get("scheme")), str(said.get("host")), pairs)


def _evidence(facts: RequestFacts) -> Pairs:
    name = proxy_name(facts)
    return (("From", facts.peer), ("Host", facts.host), *((("Proxy", name),) if name else ()),
            *((header, value[:120]) for header, value in facts.forwarded))


CHECKS: tuple[Check, ...] = (
    Check("proxies-request", LAYER, "Your own request", look_at_request, seconds=2.0),
    Check("proxies-public", LAYER, "Through the public address", look_through_public, seconds=12.0),
)
