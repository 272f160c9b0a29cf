"""The security headers of every answer, in one table. Tests compare the literals (security.md 5.2)."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, g, request

from .request import settings

ALWAYS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), usb=(), payment=()",
    "X-Robots-Tag": "noindex, nofollow",
}
HSTS = "max-age=31536000; includeSubDomains"
DATA_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"


def register(app: Flask) -> None:
    app.after_request(add_headers)
    app.jinja_env.globals["csp_nonce"] = _Nonce()


def nonce() -> str:
    """This response's nonce, the same in the header and in the page."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(18)
    value: str = g.csp_nonce
    return value


def add_headers(response: Response) -> Response:
    headers = response.headers
    present = {name.lower() for name, _ in headers}
    for name, value in ALWAYS.items():
        if name == "Referrer-Policy" and headers.get(name) == "no-referrer":
            continue  # stricter than ours
        if name.lower() in present:
            headers.remove(name)
        headers.add(name, value)
    if settings().secure_cookies:
        headers["Strict-Transport-Security"] = HSTS
    if "content-security-policy" not in present:
        is_page = response.mimetype == "text/html"
        headers.add("Content-Security-Policy", page_policy() if is_page else DATA_POLICY)
    if "cache-control" not in present:
        headers.add("Cache-Control", "no-store")
    headers["X-Request-Id"] = g.get("request_id", "-")
    return response


def page_policy() -> str:
    """The policy of our pages: scripts by nonce only, because a proxy on our origin makes 'self' worthless."""
    ours = urlsplit(settings().public_url or f"{request.scheme}://{request.host}")
    sockets = f"{'wss' if ours.scheme == 'https' else 'ws'}://{ours.netloc}"
    return (
        f"default-src 'none'; script-src 'nonce-{nonce()}' 'strict-dynamic'; style-src 'self' 'nonce-{nonce()}'; "
        f"img-src 'self' blob: data:; media-src 'self' blob:; font-src 'self'; connect-src 'self' {sockets}; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'; manifest-src 'self'; "
        "worker-src 'none'"
    )


class _Nonce:
    def __str__(self) -> str:
        return nonce()

    __html__ = __str__
