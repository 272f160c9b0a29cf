"""The way to Skyvern: name, port, TLS, the right service, both prefixes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from ...relay.ask import Asked, ask
from ...skyvern.errors import NoConnection
from ..check import Check, Patient
from ..finding import Finding, ok, skip
from .places import prefix_in
from .reach import LAYER, MEND, NGINX, is_forwarded, look_at

PROBES = {"/api/v1": "/api/v1/organizations", "/v1": "/v1/runs/x", "/api/v2": "/api/v2/tasks/x"}
NEEDED = ("/api/v1", "/v1")
PROBE_SECONDS = 3.0
NOBODY = "Nobody has told this server yet where Skyvern is."


def look_at_address(patient: Patient) -> Finding:
    """Whether Skyvern answers where we look for it."""
    if patient.connection is None:
        return Finding("network", LAYER, "fail", "no_connection", "Skyvern is not connected",
                       NOBODY if patient.why_none == NoConnection.words else patient.why_none,
                       ("Enter its address and key in the settings.",), mend="/settings")
    found = look_at(patient.connection.url, patient.settings)
    return replace(found, title="The sandbox answers") if found.verdict == "ok" and patient.connection.is_sandbox \
        else found


def look_at_prefixes(patient: Patient) -> Finding:
    """Whether a proxy forwards each of Skyvern's prefixes: one route of each is asked, without a key."""
    if patient.connection is None:
        return skip("prefixes", LAYER, "There is no connection.")
    url = patient.connection.url
    with ThreadPoolExecutor(len(PROBES)) as pool:
        answers = dict(zip(PROBES, pool.map(lambda path: ask("GET", url + path, seconds=PROBE_SECONDS),
                                            PROBES.values()), strict=True))
    evidence = tuple((prefix, _said(answer)) for prefix, answer in answers.items())
    missing = [prefix for prefix, answer in answers.items() if not is_forwarded(answer)]
    needed = [prefix for prefix in missing if prefix in NEEDED]
    if not missing:
        return ok("prefixes", LAYER, "Both of Skyvern's prefixes are forwarded", *evidence)
    if len(needed) == len(NEEDED):
        return Finding("prefixes", LAYER, "fail", "prefixes_missing", "Skyvern lives, but its routes do not answer",
                       "Its sign of life comes through; neither /v1 nor /api/v1 does.",
                       ("Let the proxy forward everything under /v1/ and /api/ to Skyvern.",
                        NGINX.format(prefix="/v1"), NGINX.format(prefix="/api")), evidence,
                       MEND if prefix_in(url) else "")
    if needed:
        prefix = needed[0]
        return Finding("prefixes", LAYER, "fail", "prefix_missing", f"The proxy does not forward {prefix} to Skyvern",
                       f"Skyvern's routes are split between two prefixes. Without {prefix} parts of every page fail.",
                       (f"Let the proxy forward {prefix}/ too.", NGINX.format(prefix=prefix)), evidence)
    return Finding("prefixes", LAYER, "warn", "prefix_v2_missing", "/api/v2 does not reach Skyvern",
                   "Only programs that use Skyvern's older task routes through us notice.",
                   ("Let the proxy forward /api/v2/ too.", NGINX.format(prefix="/api/v2")), evidence)


def _said(answer: Asked) -> str:
    if answer.status is None:
        return answer.detail
    what = "Skyvern" if is_forwarded(answer) else "a web page" if answer.is_web_page else "not Skyvern"
    return f"{answer.status}, {what}"


CHECKS: tuple[Check, ...] = (
    Check("network", "network", "Skyvern's address", look_at_address, seconds=12.0),
    Check("prefixes", "network", "Both prefixes", look_at_prefixes, seconds=4.0, needs=("network",)),
)
