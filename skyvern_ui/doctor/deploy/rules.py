"""Settings that are unsafe or contradict each other, in words (security.md 5.4). Pure: a Settings in, findings out."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from ...config import WEAK_SECRETS, BadSetting, Settings
from ..finding import Finding, Verdict

LAYER = "own"
MAKE_ONE = "$ python -c 'import secrets; print(secrets.token_hex(32))'"
WIDEST = {4: 16, 6: 32}  # a network of proxies that is wider holds others than proxies
Environ = Mapping[str, str]


def is_loopback(host: str) -> bool:
    """Whether this name leads to this very machine, without asking anybody."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def is_exposed(settings: Settings) -> bool:
    """Whether people come from other machines, by what the settings say."""
    public = urlsplit(settings.public_url or "").hostname
    return not is_loopback(public) if public else not is_loopback(settings.host)


def refused_start(error: BadSetting) -> Finding:
    """The setting that keeps the server from starting."""
    return Finding("deploy-start", LAYER, "fail", "bad_setting", "The server does not start with these settings",
                   str(error), ("Correct the setting, then ask again: .env.example explains each.",))


def setting_findings(settings: Settings, environ: Environ) -> list[Finding]:
    """Every setting that is unsafe at a public address, or contradicts another; the same thing always by the same name
    `deploy-…`."""
    return [found for rule in RULES for found in rule(settings, environ)]


def at_home(found: Finding) -> Finding | None:
    """What such a finding is worth on somebody's own machine, where nobody else comes: nothing, or a warning."""
    if found.code in ("not_production", "no_public_url"):
        return None
    return replace(found, verdict="warn")


def mode_of_running(settings: Settings, environ: Environ) -> Iterator[Finding]:
    if environ.get("FLASK_DEBUG", "0") not in ("", "0", "false") or environ.get("PYTHONDEVMODE"):
        yield _found("mode", "fail", "debug_on", "Debugging is switched on",
                     "A debugger shows its page's visitors the inside of this server.",
                     "Remove FLASK_DEBUG and PYTHONDEVMODE from the environment.")
    elif not settings.production:
        yield _found("mode", "fail", "not_production", "The server runs in development mode",
                     "In that mode it starts with settings that are unsafe where others reach it.",
                     "Set SKYVERN_UI_ENV=production.")


def secret(settings: Settings, environ: Environ) -> Iterator[Finding]:
    weak = [key for key in settings.secret_keys
            if len(key) < 32 or key.lower() in WEAK_SECRETS or len(set(key)) < 10]
    if weak or not settings.secret_keys:
        yield _found("secret", "fail", "weak_secret", "SECRET_KEY is too weak",
                     "Whoever guesses it can forge forms and links, and read the stored Skyvern key.",
                     MAKE_ONE, "Put the new one in front of the old one with a comma, save the connection once in "
                     "/settings, then drop the old one.")
    elif not settings.sqlite and _generated(settings) == settings.secret_keys[0]:
        yield _found("secret", "warn", "generated_secret", "SECRET_KEY was generated in INSTANCE_DIR",
                     "With PostgreSQL several machines may serve, and each would generate its own: then people are "
                     "signed out of forms, and the stored Skyvern key cannot be read.",
                     MAKE_ONE, "Set it as SECRET_KEY on every machine.")


def address(settings: Settings, environ: Environ) -> Iterator[Finding]:
    if settings.public_url is None:
        yield _found("address", "fail", "no_public_url", "PUBLIC_URL is not set",
                     "Without it the server answers under any name, and cannot tell its own pages from others'.",
                     "Set PUBLIC_URL to the address that people type, for example https://skyvern.example.com.")
    elif settings.public_url.startswith("http:") and is_exposed(settings):
        yield _found("address", "fail", "public_http", "People reach this server by plain http",
                     "Passwords and sessions cross the network in clear.",
                     "Put a proxy with a certificate in front (docs/nginx.conf; Caddy does it by itself) and set "
                     "PUBLIC_URL to its https address.", evidence=(("PUBLIC_URL", settings.public_url),))


def proxies(settings: Settings, environ: Environ) -> Iterator[Finding]:
    everybody = [network for network in settings.trusted_proxies if network.prefixlen == 0]
    wide = [network for network in settings.trusted_proxies if network.prefixlen < WIDEST[network.version]]
    listed = ("TRUSTED_PROXIES", ", ".join(map(str, settings.trusted_proxies)))
    if everybody:
        yield _found("proxies", "fail", "everybody_trusted", "TRUSTED_PROXIES trusts everybody",
                     "Anybody can then write any address into the audit log, and get round the limits on signing in.",
                     "Set TRUSTED_PROXIES to the addresses of your proxies only.", evidence=(listed,))
    elif wide:
        yield _found("proxies", "warn", "wide_networks", "TRUSTED_PROXIES trusts a very wide network",
                     "Every machine in it can write any address into the audit log.",
                     "Set TRUSTED_PROXIES to the addresses of your proxies only.", evidence=(listed,))
    elif settings.secure_cookies and not settings.trusted_proxies:
        yield _found("proxies", "warn", "proxy_not_trusted",
                     "TRUSTED_PROXIES is empty, although a proxy stands in front",
                     "This server does not speak TLS itself, so with an https address every visitor comes from the "
                     "proxy's address: in the audit log, and for the limits on signing in.",
                     "Set TRUSTED_PROXIES to the address from which the proxy calls this server.")


def stores(settings: Settings, environ: Environ) -> Iterator[Finding]:
    workers = workers_of(environ)
    if settings.database_url in ("sqlite:///:memory:", "sqlite:///") or "mode=memory" in settings.database_url:
        yield _found("stores", "fail", "database_in_memory", "The database is in memory",
                     "Each process has one of its own, and all is lost when it ends.",
                     "Remove DATABASE_URL, or give it a file or PostgreSQL.")
    elif workers > 1 and settings.metrics_token and not environ.get("PROMETHEUS_MULTIPROC_DIR"):
        yield _found("stores", "warn", "metrics_per_worker", "Each worker counts for itself in /metrics",
                     f"{workers} workers serve, and a scrape shows only one of them.",
                     "Set PROMETHEUS_MULTIPROC_DIR to an empty folder.")


def model(settings: Settings, environ: Environ) -> Iterator[Finding]:
    if (settings.llm_upstream_key or settings.llm_upstream_model) and not settings.llm_upstream_url:
        yield _found("model", "warn", "upstream_without_address", "LLM_UPSTREAM_URL is missing",
                     "LLM_UPSTREAM_KEY or LLM_UPSTREAM_MODEL is set, but nobody knows where the model is.",
                     "Set LLM_UPSTREAM_URL; it ends where /chat/completions begins, usually with /v1.")
    elif settings.llm_upstream_key and _is_public_http(settings.llm_upstream_url):
        yield _found("model", "warn", "key_in_clear", "The model's key crosses the network in clear",
                     "LLM_UPSTREAM_URL is plain http to another network.", "Use the https address of the model.")


def skyvern(settings: Settings, environ: Environ) -> Iterator[Finding]:
    if settings.skyvern_api_key and _is_public_http(settings.skyvern_api_url):
        yield _found("skyvern", "warn", "key_in_clear", "Skyvern's key crosses the network in clear",
                     "SKYVERN_API_URL is plain http to another network.",
                     "Reach Skyvern inside your own network, or by https.")


def workers_of(environ: Environ) -> int:
    """How many processes serve, as gunicorn.conf.py counts them."""
    text = environ.get("WEB_CONCURRENCY") or "1"
    return int(text) if text.isascii() and text.isdigit() else 1


RULES: tuple[Callable[[Settings, Environ], Iterator[Finding]], ...] = (
    mode_of_running, secret, address, proxies, stores, model, skyvern)


def _generated(settings: Settings) -> str:
    """The secret that config.py made where none was set."""
    try:
        return (settings.instance_dir / "secret-key").read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _is_public_http(url: str | None) -> bool:
    parts = urlsplit(url or "")
    try:
        return parts.scheme == "http" and ipaddress.ip_address(parts.hostname or "").is_global
    except ValueError:
        return parts.scheme == "http" and "." in (parts.hostname or "") and not (parts.hostname or "").endswith(
            (".internal", ".local", ".lan", ".localhost", ".home.arpa", ".svc"))


def _found(name: str, verdict: Verdict, code: str, title: str, explain: str, *fix: str,
           evidence: tuple[tuple[str, str], ...] = ()) -> Finding:
    return Finding(f"deploy-{name}", LAYER, verdict, code, title, explain, fix, evidence)
