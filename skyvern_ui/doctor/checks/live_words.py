"""What a failed handshake with Skyvern's live sockets means."""

from __future__ import annotations

from ..finding import Finding
from .live_socket import Shaken

CHECK, LAYER = "live-handshake", "live"
NGINX = ("nginx, in the location that leads to Skyvern: proxy_http_version 1.1; proxy_set_header Upgrade "
         "$http_upgrade; proxy_set_header Connection \"upgrade\"; proxy_buffering off; proxy_read_timeout 3600s;")
CADDY = "Caddy passes sockets by itself: reverse_proxy skyvern:8000"
PREFIX = {True: "/v1/stream", False: "/api/v1/stream"}
Pairs = tuple[tuple[str, str], ...]


def handshake_finding(shaken: Shaken, runs_sound: bool, sessions_sound: bool, evidence: Pairs) -> Finding:
    """The one cause. When only one of the two sockets fails, that is the cause: its prefix or its release."""
    evidence = (*evidence, *((("It said", shaken.body),) if shaken.body.strip() else ()))
    said = shaken.said if isinstance(shaken.said, str) else ""
    if "valid credential" in said.lower() or shaken.code == 1002:
        missing = said.lower().startswith("no valid")
        return _found("socket_key_missing" if missing else "socket_key_refused",
                      "The key does not arrive at the live sockets" if missing else "The live sockets refuse the key",
                      "Skyvern reads it from the address there (`apikey=`). Something on the way removes it." if missing
                      else "Skyvern's other routes decide by the same key, so it may have been replaced a moment ago.",
                      ("Let the proxy in front of Skyvern pass the query string unchanged.",) if missing else
                      ("Enter the key again in the settings.",), evidence, "" if missing else "/settings")
    if runs_sound and not sessions_sound and shaken.status in (403, 404):
        return Finding(CHECK, LAYER, "warn", "no_session_socket", "Browser sessions have no live picture here",
                       "Runs have one. This Skyvern is older than 1.0.25, or a proxy forwards /api/v1 and not /v1.",
                       ("Update Skyvern, or forward both prefixes with upgrades.", NGINX), evidence)
    if shaken.trouble == "status":
        return _status(shaken, evidence)
    if shaken.trouble == "silent":
        return _found("socket_silent", "The live socket opens and then says nothing",
                      "Something took the socket that is not Skyvern's stream, or Skyvern waits for its database.",
                      ("Restart Skyvern, and look at its log for a stream that hangs.",), evidence)
    if shaken.trouble == "closed":
        return _found("socket_closed", "The live socket is closed as soon as it is open",
                      "Skyvern, or something on the way to it, ended it without a word.",
                      ("Look at Skyvern's log at this moment.", NGINX), evidence)
    if shaken.trouble == "timeout":
        return _found("socket_hangs", "The live socket is never opened",
                      "The handshake had no answer in time. A proxy that waits for the end of a request does that.",
                      (NGINX, CADDY), evidence)
    if shaken.trouble == "":
        return _found("socket_stranger", "Something else answers on the live socket",
                      "What it said is not what Skyvern says.", ("Correct Skyvern's address in the settings.",),
                      evidence, "/settings")
    return _found("socket_broken", "The live socket cannot be opened",
                  "The connection failed, although Skyvern's other routes answer.", (NGINX, CADDY), evidence)


def _status(shaken: Shaken, evidence: Pairs) -> Finding:
    status = shaken.status or 0
    if status == 403:
        return _found("socket_route_missing", "Skyvern has no live socket at this address",
                      "It answers 403 where it has no such socket. A proxy may send one prefix elsewhere, or have a "
                      "login of its own.",
                      ("Forward /v1 and /api/v1 to Skyvern unchanged.", NGINX), evidence)
    if status in (401, 407) or 300 <= status < 400:
        return _found("socket_login", "A login stands in front of Skyvern's live sockets",
                      "The proxy asks who is there, and this server has no account with it.",
                      ("Reach Skyvern inside, past the proxy: http://skyvern:8000 in Compose.",), evidence, "/settings")
    if status in (502, 503, 504):
        return _found("socket_upstream_down", "The proxy in front of Skyvern cannot open its live sockets",
                      f"It answered {status} itself.", ("Look at the proxy's error log.", NGINX), evidence)
    return _found("socket_not_upgraded", "The way to Skyvern does not let live sockets through",
                  f"The handshake was answered with HTTP {status} in place of 101: the proxy in front of Skyvern drops "
                  "the Upgrade header.", (NGINX, CADDY), evidence)


def _found(code: str, title: str, explain: str, fix: tuple[str, ...], evidence: Pairs, mend: str = "") -> Finding:
    return Finding(CHECK, LAYER, "fail", code, title, explain, fix, evidence, mend)
