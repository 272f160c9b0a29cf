"""Is Skyvern's API at this address? And if not: what is, and where does it answer instead?

Nothing here sends a key. Raises nothing. Used by the doctor, the wizard and /settings, so that all name one cause.
"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import urlsplit

from ...config import Settings
from ...diagnosis.excerpt import excerpt
from ...relay.ask import Asked, ask
from ..finding import Finding, ok
from .address_words import ANSWERS, TROUBLES, Words
from .places import in_container, is_home, is_own, neighbours, prefix_in

CHECK, LAYER = "network", "network"
HEARTBEAT = "/api/v1/heartbeat"
SECONDS, NEIGHBOUR_SECONDS = 4.0, 1.5
MEND = "/doctor/mend/address"
NGINX = ("In nginx: location {prefix}/ {{ proxy_pass http://skyvern:8000; proxy_http_version 1.1; proxy_set_header "
         "Upgrade $http_upgrade; proxy_set_header Connection \"upgrade\"; proxy_buffering off; proxy_read_timeout "
         "3600s; }}")
_LATE = {"name": "slow_name", "handshake": "slow_tls"}  # where a time-out and a failure share a detail
_NO_ROUTE = re.compile(r"\s*(?:404 page not found|default backend - 404|no available server)", re.I)
_LOGIN = re.compile(r"login|signin|sign-in|oauth|auth(?:orize)?[/?]|/sso", re.I)


def look_at(url: str, settings: Settings, *, seconds: float = SECONDS) -> Finding:
    """Whether Skyvern answers at this address, or the one cause why not; with a working address nearby if there is
    one. Two questions and a handful of short ones at most. `seconds` for the first."""
    beat = ask("GET", url + HEARTBEAT, seconds=seconds)
    if is_heartbeat(beat):
        return ok(CHECK, LAYER, "Skyvern answers", *_evidence(url, beat))
    name, words = _cause(beat, url, settings)
    evidence = _evidence(url, beat)
    said = excerpt(beat.text) if beat.reply.body else ""
    if said:
        evidence = (*evidence, ("It said", said))
    found = _finding(words, url, evidence)
    if name == "api_not_forwarded":
        return replace(found, fix=(NGINX.format(prefix="/api"),))
    better = working_neighbour(url, settings)
    if better is None:
        return found
    return replace(found, fix=(f"Use {better}: Skyvern answers there.", *found.fix), mend=MEND,
                   evidence=(*found.evidence, ("Skyvern answers at", better)))


def working_neighbour(url: str, settings: Settings) -> str | None:
    """Another address under which a Skyvern answers with both prefixes; all are tried at once, without a key."""
    tries = neighbours(url, settings)
    if not tries:
        return None
    with ThreadPoolExecutor(len(tries)) as pool:
        answers = pool.map(is_whole_skyvern, tries)
        return next((each for each, good in zip(tries, answers, strict=True) if good), None)


def is_whole_skyvern(url: str) -> bool:
    """Whether Skyvern answers at this address, under both prefixes. At most three seconds."""
    beat = ask("GET", url + HEARTBEAT, seconds=NEIGHBOUR_SECONDS)
    return is_heartbeat(beat) and is_forwarded(ask("GET", url + "/v1/runs/x", seconds=NEIGHBOUR_SECONDS))


def is_heartbeat(asked: Asked) -> bool:
    """Whether this is Skyvern's sign of life (`GET /api/v1/heartbeat`, api 1.5)."""
    text = asked.text
    return asked.status == 200 and not asked.reply.trouble and len(text) < 200 and "running" in text.lower() \
        and "<" not in text


def is_forwarded(asked: Asked) -> bool:
    """Whether this is Skyvern's own answer to a route that it knows, with or without a key: its refusals say `detail`
    (api 7.1), and only a route that it does not know is "Not Found"."""
    if asked.reply.trouble or asked.status not in (200, 403, 404, 405, 422, 500, 503):
        return False
    payload = asked.json()
    if asked.status == 200:  # only where a proxy brings the key along
        return isinstance(payload, dict) and "organizations" in payload
    if asked.status in (500, 503):
        return isinstance(payload, dict) and str(payload.get("error", "")).startswith(("Unexpected", "Database"))
    detail = payload.get("detail") if isinstance(payload, dict) else None
    return bool(detail) and not (asked.status == 404 and detail == "Not Found")


def _cause(beat: Asked, url: str, settings: Settings) -> tuple[str, Words]:
    if beat.status is None or (beat.reply.trouble in ("timeout", "reset") and beat.detail == "body"):
        if beat.detail in ("refused", "connect") and is_home(url) and in_container():
            return "localhost_in_container", ANSWERS["localhost_in_container"]
        late = _LATE.get(beat.detail, beat.detail) if beat.reply.trouble == "timeout" else beat.detail
        return late, TROUBLES.get(late, TROUBLES["garbage"])
    name = _who(beat, url, settings)
    return name, ANSWERS[name]


def _who(beat: Asked, url: str, settings: Settings) -> str:
    """What answers in Skyvern's place."""
    kind, payload = beat.reply.headers.get("content-type", ""), beat.json()
    if is_own(url, settings) or (isinstance(payload, dict) and {"error", "code", "request_id"} <= payload.keys()):
        return "own_address"
    if beat.reply.trouble == "redirect":
        return "proxy_wants_login" if _LOGIN.search(beat.location) else "redirected"
    if beat.status in (401, 407) or (beat.status == 403 and beat.is_web_page):
        return "proxy_wants_login"
    if prefix_in(url):
        return "path_doubled"
    if beat.status in (502, 503, 504):
        is_plain = "text/plain" in kind and "uvicorn" in beat.reply.headers.get("server", "")
        return "overloaded" if is_plain else "proxy_upstream_down"
    if _NO_ROUTE.match(beat.text):
        return "proxy_no_route"
    if "Cannot GET" in beat.text and (urlsplit(url).port == 9090):
        return "artifact_server"
    if is_forwarded(ask("GET", url + "/v1/runs/x", seconds=NEIGHBOUR_SECONDS)):
        return "skyvern_fails" if (beat.status or 0) >= 500 else "api_not_forwarded"
    if beat.is_web_page:
        return "skyvern_front_end" if re.search(r"<title>[^<]*skyvern", beat.text, re.I) else "web_page"
    if any(name.startswith("x-litellm") for name in beat.reply.headers) or _is_litellm(url):
        return "litellm"
    return "another_service"


def _is_litellm(url: str) -> bool:
    """LiteLLM's own sign of life is a fixed word."""
    return "I'm alive" in ask("GET", url + "/health/liveliness", seconds=NEIGHBOUR_SECONDS, most=200).text


def _finding(words: Words, url: str, evidence: tuple[tuple[str, str], ...]) -> Finding:
    parts = urlsplit(url)
    given = {"host": parts.hostname or "", "place": parts.netloc.rpartition("@")[2], "url": url,
             "prefix": prefix_in(url)}
    code, title, explain, fix = words
    return Finding(CHECK, LAYER, "fail", code, title.format(**given), explain.format(**given),
                   tuple(line.format(**given) for line in fix), evidence)


def _evidence(url: str, asked: Asked) -> tuple[tuple[str, str], ...]:
    pairs = [("Address", url), ("Resolves to", ", ".join(asked.addresses[:4])), ("Connected to", asked.address),
             ("Status", str(asked.status or "")), ("Type", asked.reply.headers.get("content-type", "")[:80]),
             ("Server", asked.reply.headers.get("server", "")[:80]), ("Leads to", asked.location[:200]),
             ("After", f"{asked.seconds * 1000:.0f} ms")]
    return tuple((name, value) for name, value in pairs if value)
