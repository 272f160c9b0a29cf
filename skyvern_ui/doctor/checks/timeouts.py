"""Time-outs and buffers between a browser and us."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from ...relay.ask import Asked
from ..check import Check, Patient
from ..echo.call import NO_PUBLIC_URL, ask_echo, is_reached
from ..finding import Finding, ok, skip

LAYER = "timeouts"
HELD_BACK = 0.5  # seconds: the pieces leave us one second apart
SILENCES = (35, 65, 105)  # just beyond what proxies are set to: 30 (Heroku), 60 (nginx), 100 (Cloudflare)
MARGIN = 8.0
NGINX_BUFFER = "nginx: proxy_buffering off; and no proxy_ignore_headers X-Accel-Buffering"
NGINX_TIME = "nginx: proxy_read_timeout 600s; proxy_send_timeout 600s;"
OTHERS_TIME = "Traefik and Caddy wait without end; HAProxy: timeout server 600s and timeout tunnel 1h."
NGINX_SIZE = "nginx: client_max_body_size 40m; proxy_request_buffering off;"
UPLOAD = 2_000_000
KNOWN = {"vegur": "Heroku's router gives up after 30 seconds, whatever is set.",
         "cloudflare": "Cloudflare gives up after about 100 seconds, whatever is set."}


def look_at_buffering(patient: Patient) -> Finding:
    """Whether what we send a second apart arrives a second apart, with and without asking for it."""
    check = "timeouts-buffering"
    unreached = is_reached(patient, check, LAYER)
    if unreached is not None:
        return unreached
    with ThreadPoolExecutor(2) as pool:
        (plain, said_plain), (asking, said_asking) = pool.map(
            lambda query: ask_echo(patient, "drip", query, seconds=6.0), ("", "?asking=1"))
    if said_plain is None or said_asking is None:
        return Finding(check, LAYER, "warn", "stream_broken",
                       "A stream through the public address does not arrive whole",
                       "Pages come through, an answer that takes a second does not.", (NGINX_BUFFER, NGINX_TIME),
                       (("Answer", str(plain.status or plain.detail)),))
    evidence = (("Between two lines", f"{_gap(asking):.1f} s of 1.0 s"), ("Without asking", f"{_gap(plain):.1f} s"))
    if _gap(asking) < HELD_BACK:
        return Finding(check, LAYER, "fail", "buffered", "The proxy in front of us holds answers back",
                       "What this server sends piece by piece arrives in one piece: this page's own checks, and the "
                       "copilot's words.", (NGINX_BUFFER, "Other proxies: switch buffering of responses off."),
                       evidence)
    if _gap(plain) < HELD_BACK:
        return ok(check, LAYER, "What is sent piece by piece arrives so", *evidence,
                  explain="The proxy buffers unless it is asked not to, which live answers do. Large downloads fill "
                          "its disk first; proxy_buffering off avoids that.")
    return ok(check, LAYER, "What is sent piece by piece arrives so", *evidence)


def look_at_size(patient: Patient) -> Finding:
    """Whether a body of two million bytes comes through. Not in the background: it would be sent every few minutes."""
    check = "timeouts-size"
    if patient.request is None and not patient.thorough:
        return skip(check, LAYER, "Nobody's browser asked, so nothing large was sent.")
    unreached = is_reached(patient, check, LAYER)
    if unreached is not None:
        return unreached
    asked, said = ask_echo(patient, "size", body=bytes(UPLOAD), seconds=8.0)
    evidence = (("Sent", f"{UPLOAD:,} bytes"), ("Answer", str(asked.status or asked.detail)))
    if said is not None and said.get("length") == UPLOAD:
        return ok(check, LAYER, "Uploads come through", *evidence)
    if asked.status == 413 or asked.reply.trouble == "reset":
        return Finding(check, LAYER, "warn", "small_uploads", "The proxy in front of us refuses uploads",
                       "It ended a body of two million bytes. Files for runs, and workflows with long texts, are "
                       "refused before they reach this server.", (NGINX_SIZE,), evidence)
    return Finding(check, LAYER, "warn", "slow_uploads", "Uploads do not come through the public address",
                   "Two million bytes did not arrive within eight seconds.", (NGINX_SIZE, NGINX_TIME), evidence)


def look_at_silence(patient: Patient) -> Finding:
    """After how long a silence somebody in between hangs up. Takes two minutes, so only when asked thoroughly."""
    check = "timeouts-silence"
    if not patient.settings.public_url:
        return skip(check, LAYER, NO_PUBLIC_URL)
    if not patient.thorough:
        return skip(check, LAYER, "It takes two minutes, so only a thorough examination measures it.")
    return measured_silence(patient, SILENCES)


def measured_silence(patient: Patient, silences: tuple[int, ...]) -> Finding:
    """Asks for silences of so many seconds, rising, all at once; who hung up, and when."""
    check = "timeouts-silence"
    unreached = is_reached(patient, check, LAYER)
    if unreached is not None:
        return unreached
    with ThreadPoolExecutor(len(silences)) as pool:
        answers = list(pool.map(lambda seconds: ask_echo(patient, "quiet", f"?seconds={seconds}",
                                                         seconds=seconds + MARGIN), silences))
    cut = [asked for asked, said in answers if said is None]
    if not cut:
        return ok(check, LAYER, f"Nobody hangs up within {silences[-1]} seconds of silence",
                  ("Longest silence", f"{silences[-1]} s"))
    first = min(cut, key=lambda asked: asked.seconds)
    evidence = (("Ended after", f"{first.seconds:.0f} s"), ("By", _how(first)))
    known = next((words for name, words in KNOWN.items() if name in _names(first)), "")
    return Finding(check, LAYER, "warn", "cut_early", f"Something in front of us hangs up after {first.seconds:.0f} s",
                   "Making a workflow from a prompt and long model calls are silent for longer: people then see the "
                   f"proxy's error, although the work goes on. {known}".strip(),
                   (NGINX_TIME, OTHERS_TIME), evidence)


def _gap(asked: Asked) -> float:
    """Between the second line and the third. The first may come with the head, even where the rest is held back."""
    return asked.pieces[-1] - asked.pieces[-2] if len(asked.pieces) > 2 else 0.0


def _how(asked: Asked) -> str:
    return f"HTTP {asked.status}" if asked.status else asked.reply.trouble or "an answer that is not ours"


def _names(asked: Asked) -> str:
    return " ".join(asked.reply.headers.get(name, "") for name in ("via", "server")).lower()


CHECKS: tuple[Check, ...] = (
    Check("timeouts-buffering", LAYER, "Answers that come piece by piece", look_at_buffering, seconds=12.0),
    Check("timeouts-size", LAYER, "Uploads", look_at_size, seconds=14.0),
    Check("timeouts-silence", LAYER, "Long silences", look_at_silence, seconds=120.0, thorough=True),
)
