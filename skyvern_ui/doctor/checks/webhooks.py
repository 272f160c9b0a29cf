"""Whether Skyvern reaches us, and signs with our key."""

from __future__ import annotations

import json
from typing import Any

from ...diagnosis.excerpt import excerpt
from ...relay.ask import ask
from ..check import Check, Patient
from ..echo.tokens import echo_path, open_answer
from ..finding import Finding, ok, skip

CHECK = LAYER = "webhooks"
ROUTE = "/v1/internal/test-webhook"
SECONDS = 8.0
Pairs = tuple[tuple[str, str], ...]
REACH = ("From Skyvern's machine or container this must answer:",
         "$ docker compose exec skyvern curl -sS {url}/healthz",
         "If the name leads nowhere inside the network, give Skyvern's container an entry for it (extra_hosts).")


def look_at_webhooks(patient: Patient) -> Finding:
    """Has Skyvern post an example to our public address, and looks at what arrived and how it was signed (api 4.8)."""
    base = patient.settings.public_url
    if patient.connection is None or not base:
        return skip(CHECK, LAYER, "PUBLIC_URL is not set, so Skyvern has no address of ours to call.")
    path = echo_path(patient.settings, "hook")
    body = json.dumps({"webhook_url": base + path, "run_type": "task"}).encode()
    answer = ask("POST", patient.connection.url + ROUTE, [
        ("x-api-key", patient.connection.key), ("x-user-agent", "skyvern-ui"), ("content-type", "application/json")],
        body, seconds=SECONDS)
    payload = answer.json()
    evidence: Pairs = (("Asked", f"POST {ROUTE}"), ("Status", str(answer.status or answer.detail)),
                       ("Our address", base))
    if answer.status != 200 or not isinstance(payload, dict) or "status_code" not in payload:
        return _not_asked(answer.status, answer.reply.trouble, evidence)
    said = open_answer(patient.app.extensions["sealer"], path, str(payload.get("response_body") or ""))
    evidence = (*evidence, *_delivery(payload))
    return _arrived(said, evidence) if said is not None else _lost(payload, base, evidence)


def _not_asked(status: int | None, trouble: str, evidence: Pairs) -> Finding:
    if status in (404, 405):
        return Finding(CHECK, LAYER, "skip", "skipped", "This Skyvern cannot send an example",
                       "The route exists since release 0.2.18.", evidence=evidence)
    if trouble == "timeout":
        return Finding(CHECK, LAYER, "warn", "webhook_slow", "Skyvern tries to reach us and does not come back",
                       f"It had not ended after {SECONDS:.0f} seconds, which is how a firewall behaves that swallows "
                       "what it refuses.", ("Let Skyvern's machine reach PUBLIC_URL.",), evidence)
    return Finding(CHECK, LAYER, "warn", "webhook_not_tried", "Skyvern did not try to reach us",
                   "It refused to send an example.", ("Look at Skyvern's log.",), evidence)


def _arrived(said: dict[str, Any], evidence: Pairs) -> Finding:
    from_, signature = str(said.get("peer") or ""), said.get("signature")
    evidence = (*evidence, ("Came from", from_), ("Signature", str(signature)))
    if signature == "good":
        return ok(CHECK, LAYER, "Skyvern reaches us and signs with our key", *evidence)
    if signature == "wrong":
        return Finding(CHECK, LAYER, "warn", "webhook_other_key", "Skyvern reaches us, but signs with another key",
                       "It signs with the newest key of its organisation, and that is not the one stored here. "
                       "Receivers that compare with our key refuse its messages.",
                       ("Store Skyvern's newest key here.",), evidence, "/doctor/mend/key")
    return Finding(CHECK, LAYER, "warn", "webhook_unsigned", "Skyvern reaches us, but its signature does not",
                   "The message arrived without the header x-skyvern-signature: a proxy takes it away.",
                   ("Let the proxy pass x-skyvern-signature and x-skyvern-timestamp on.",), evidence)


def _lost(payload: dict[str, Any], base: str, evidence: Pairs) -> Finding:
    """Nothing of ours came back: Skyvern would not, could not, or reached somebody else."""
    error, status = str(payload.get("error") or ""), payload.get("status_code")
    if "SSRF" in error or "ALLOWED_HOSTS" in error:
        return Finding(CHECK, LAYER, "warn", "webhook_blocked", "Skyvern will not send to our address",
                       "It either cannot resolve our name or refuses addresses inside a network, to protect itself.",
                       ("Add our host to ALLOWED_HOSTS in Skyvern's .env and restart it.", *_reach(base)[:2]), evidence)
    if status is None:
        return Finding(CHECK, LAYER, "warn", "webhook_unreachable", "Skyvern cannot reach us",
                       "It tried PUBLIC_URL and got no answer. Webhooks from its runs will not arrive.", _reach(base),
                       evidence)
    if isinstance(status, int) and 300 <= status < 400:
        return Finding(CHECK, LAYER, "warn", "webhook_redirected", "Our address sends Skyvern elsewhere",
                       "It got a redirect, which it does not follow.",
                       ("Write PUBLIC_URL as it is reached without a redirect, usually with https://.",), evidence)
    return Finding(CHECK, LAYER, "warn", "webhook_elsewhere", "Skyvern reaches somebody else in our place",
                   "Something answered at PUBLIC_URL as Skyvern sees it, but it was not us, or a proxy would not let "
                   "the message through.",
                   ("Check what PUBLIC_URL means on Skyvern's machine.",
                    "If a proxy asks for a login, let it pass /doctor/echo/ and your webhook addresses."), evidence)


def _reach(base: str) -> tuple[str, ...]:
    return tuple(line.format(url=base) for line in REACH)


def _delivery(payload: dict[str, Any]) -> Pairs:
    pairs = (("Its answer was", str(payload.get("status_code") or "none")),
             ("After", f"{payload['latency_ms']} ms" if isinstance(payload.get("latency_ms"), int) else ""),
             ("Skyvern says", excerpt(str(payload.get("error") or ""))))
    return tuple((name, value) for name, value in pairs if value)


CHECKS: tuple[Check, ...] = (
    Check(CHECK, LAYER, "Webhooks from Skyvern", look_at_webhooks, seconds=9.0, needs=("key",), free=False),
)
