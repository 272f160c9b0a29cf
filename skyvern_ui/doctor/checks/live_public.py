"""A live socket as a browser opens it: through the public address, with our own origin."""

from __future__ import annotations

import json

from ...relay.dial import trust
from ..check import Patient
from ..echo.call import is_reached, sealer_of
from ..echo.tokens import echo_path, open_answer
from ..finding import Finding, ok
from .live_socket import Shaken, shake

CHECK, LAYER = "live-public", "live"
NGINX = ("nginx, in the location that leads here: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; "
         "proxy_set_header Connection \"upgrade\"; proxy_read_timeout 600s; (docs/nginx.conf is a whole example)")
CADDY = "Caddy passes sockets by itself: reverse_proxy 127.0.0.1:3000"
APACHE = "Apache: ProxyPass / http://127.0.0.1:3000/ upgrade=websocket"
OURS = "speaks WebSocket only"  # what sockets.py answers to a request that lost its Upgrade header


def look_through_public(patient: Patient) -> Finding:
    """Whether a browser's live view can come through whatever stands in front of us."""
    unreached = is_reached(patient, CHECK, LAYER)
    if unreached is not None:
        return unreached
    url, path = patient.settings.public_url or "", echo_path(patient.settings, "socket")
    context = trust(verify=False) if url.startswith("https:") else None
    shaken = shake(url, path, [("origin", url)], say="doctor", context=context)
    said = open_answer(sealer_of(patient), path, json.dumps(shaken.said))
    evidence = (("Asked", f"{url}/doctor/echo/…/socket"),
                ("Answer", "101, and our own words" if said else shaken.words))
    if said is not None and said.get("heard") == "doctor":
        return ok(CHECK, LAYER, "Live sockets come through the public address", *evidence)
    return _finding(shaken, evidence)


def _finding(shaken: Shaken, evidence: tuple[tuple[str, str], ...]) -> Finding:
    if shaken.trouble == "status" and shaken.status in (400, 426) and OURS in shaken.body:
        return _found("public_not_upgraded", "The proxy in front of us does not let live sockets through",
                      "The handshake reached this server without its Upgrade header, so live pictures never start.",
                      (NGINX, APACHE, CADDY), evidence)
    if shaken.trouble == "status" and shaken.status == 403:
        return _found("public_origin_refused", "Live sockets are refused by their origin",
                      "The proxy changes the Origin header, or has a rule of its own against sockets.",
                      ("Let the proxy pass Origin and Host unchanged: proxy_set_header Host $http_host;",), evidence)
    if shaken.trouble == "status" and (shaken.status or 0) in (401, 407, 301, 302, 303, 307, 308):
        return _found("public_login", "A login in front of us stands in the way of live sockets",
                      "Pages came through, the socket did not.", ("Let the proxy's login pass sockets too.",), evidence)
    if shaken.trouble in ("timeout", "silent"):
        return _found("public_hangs", "Live sockets through the public address are never answered",
                      "The proxy waits for the end of something that has no end.", (NGINX, APACHE, CADDY), evidence)
    return _found("public_not_upgraded", "Live sockets do not come through the public address",
                  "Pages do. The proxy in front answers the handshake itself, or ends it.",
                  (NGINX, APACHE, CADDY), evidence)


def _found(code: str, title: str, explain: str, fix: tuple[str, ...], evidence: tuple[tuple[str, str], ...]) -> Finding:
    return Finding(CHECK, LAYER, "fail", code, title, explain, fix, evidence)
