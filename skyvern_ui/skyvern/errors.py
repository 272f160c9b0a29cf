"""What can go wrong between us and an upstream, each translated once at the border.

SkyvernError
├── NoConnection       nobody has entered an address or a key yet            503 upstream_not_configured
├── Unreachable        no TCP or TLS connection could be made                502 upstream_unreachable
├── TimedOut           a deadline passed before the answer was complete      504 upstream_timeout
├── Busy               all of our own connections stayed in use              503 upstream_busy
├── Leaked             the answer held our secret                            502 upstream_leak
├── Redirected         the upstream pointed elsewhere; we never follow       502 upstream_redirect
├── Broken             the connection died, or lied, before or in the body   502 upstream_broken
├── Blocked            policy forbids the address; nothing was sent          403 artifact_blocked…
├── Departed           our own client left; nobody is there to be told       499 client_left
├── Stalled            our own client sends its body too slowly              408 client_too_slow
└── Answered           the upstream answered, and the answer is not good news
    ├── Refused        it does not accept our key                            502 upstream_refused_key
    ├── Missing        there is no such thing                                404 not_found
    ├── Rejected       another 4xx, with the upstream's own sentence         4xx rejected
    └── Failed         a 5xx of its own                                      502 upstream_failed

`status` is what we answer, `code` is for programs, `sentence` is for people: it never holds a host,
a port, an errno or a key. `str(error)` is the same sentence, so that a careless log line is safe too.
"""

from __future__ import annotations


class SkyvernError(Exception):
    """Base of the tree. `status` is an HTTP status, `code` snake_case, `sentence` plain English."""

    status: int = 502
    code: str = "upstream_failed"
    words: str = "Skyvern could not be used."

    def __init__(self, sentence: str | None = None) -> None:
        self.sentence = sentence or self.words
        super().__init__(self.sentence)


class NoConnection(SkyvernError):
    """No address or no key is configured, so no request was made."""

    status = 503
    code = "upstream_not_configured"
    words = "Skyvern is not connected yet. An administrator can enter its address and key in the settings."


class Unreachable(SkyvernError):
    """No connection: refused, no route, unknown name, failed TLS, or the circuit is open. Nothing was sent."""

    status = 502
    code = "upstream_unreachable"
    words = "Skyvern cannot be reached. It may be starting, stopped, or its address may be wrong."


class TimedOut(SkyvernError):
    """A deadline passed. A write may or may not have happened."""

    status = 504
    code = "upstream_timeout"
    words = "Skyvern took too long to answer."


class Busy(SkyvernError):
    """Our own pool stayed full for its whole wait. Nothing was sent; `retry_after` is in seconds."""

    status = 503
    code = "upstream_busy"
    words = "Too many requests to Skyvern are under way. Please try again in a moment."
    retry_after = 1


class Leaked(SkyvernError):
    """The answer held our key or another secret, in clear or thinly encoded."""

    status = 502
    code = "upstream_leak"
    words = "Skyvern's answer was withheld because it contained a secret of this server."


class Redirected(SkyvernError):
    """The upstream answered 3xx with a place to go. We never follow."""

    status = 502
    code = "upstream_redirect"
    words = "Skyvern answered with a redirect, which is never followed."


class Broken(SkyvernError):
    """The connection died before or inside the answer, or the answer was not valid HTTP."""

    status = 502
    code = "upstream_broken"
    words = "The connection to Skyvern broke before its answer was complete."


class Blocked(SkyvernError):
    """Policy forbids the URL or the address it leads to; nothing was sent. `code` tells which."""

    status = 403
    code = "artifact_blocked"
    words = "This address is not one that artifacts may be fetched from."

    def __init__(self, sentence: str | None = None, code: str | None = None) -> None:
        super().__init__(sentence)
        self.code = code or self.code


class Departed(SkyvernError):
    """The client closed its side. Not an error, and no answer can be delivered."""

    status = 499
    code = "client_left"
    words = "The client left before the answer was complete."


class Stalled(SkyvernError):
    """The client did not send its request body in time; the upstream never got a whole request."""

    status = 408
    code = "client_too_slow"
    words = "The request body arrived too slowly."


class Answered(SkyvernError):
    """The upstream answered. `upstream_status` is the status it sent, `retry_after` the seconds it asked to wait."""

    retry_after: int | None = None

    def __init__(self, sentence: str | None = None, upstream_status: int = 502) -> None:
        super().__init__(sentence)
        self.upstream_status = upstream_status


class Refused(Answered):
    """The key is not accepted: 403, or 404 with "Organization not found" (Skyvern never says 401)."""

    code = "upstream_refused_key"
    words = "Skyvern does not accept the stored key. An administrator can replace it in the settings."


class Missing(Answered):
    """404 for a thing, not for the organisation."""

    status = 404
    code = "not_found"
    words = "Skyvern has no such thing. It may have been deleted."

    def __init__(self, sentence: str | None = None, upstream_status: int = 404) -> None:
        super().__init__(sentence, upstream_status)


class Rejected(Answered):
    """Another 4xx. `sentence` is Skyvern's `detail` where it sent one; `status` is the one it sent."""

    status = 400
    code = "rejected"
    words = "Skyvern did not accept the request."

    def __init__(self, sentence: str | None = None, upstream_status: int = 400) -> None:
        super().__init__(sentence, upstream_status)
        self.status = upstream_status


class Failed(Answered):
    """A 5xx of the upstream's own making."""

    code = "upstream_failed"
    words = "Skyvern failed while it worked on the request."
