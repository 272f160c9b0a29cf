"""Keeping secrets out of what the doctor shows, stores and packs."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import quote, quote_plus, urlsplit

from ..config import Settings
from .finding import Finding

HIDDEN = "[hidden]"
SHORTEST = 6  # a shorter secret would blank out ordinary words
LOOKS_SECRET = re.compile(
    r"eyJ[\w-]{8,}\.[\w-]{8,}\.?[\w-]*"  # a JWT
    r"|\b(?:sk|pk|rk|gsk|xai|or|hf|AIza|ghp|gho|github_pat)[-_][\w-]{12,}"  # keys of the usual providers
    r"|(?<=[Bb]earer )[^\s\"',;]{8,}|(?<=[Bb]asic )[A-Za-z0-9+/=]{8,}"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"  # user and password in an address
    r"|(?i:(?<=apikey=)|(?<=api_key=)|(?<=token=)|(?<=password=))[^&\s\"']{4,}")


class Scrub:
    """Replaces what must not be seen: the secrets it is given, in each way they may be written, and what looks like
    one. Made once for an examination."""

    def __init__(self, secrets: Iterable[str]) -> None:
        written = {form for secret in secrets if len(secret) >= SHORTEST for form in _forms(secret)}
        ordered = sorted(written, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def text(self, text: str) -> str:
        """The text without secrets."""
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        return LOOKS_SECRET.sub(HIDDEN, text)

    def finding(self, found: Finding) -> Finding:
        """The finding without secrets."""
        return replace(found, title=self.text(found.title), explain=self.text(found.explain),
                       fix=tuple(map(self.text, found.fix)),
                       evidence=tuple((name, self.text(value)) for name, value in found.evidence))


def secrets_of(settings: Settings, *more: str) -> list[str]:
    """Everything this server must not show: its own secrets from the environment, and those it is given."""
    database = urlsplit(settings.database_url)
    mail = settings.mail.password if settings.mail else None
    own = (*settings.secret_keys, settings.setup_token, settings.skyvern_api_key, settings.metrics_token,
           settings.llm_upstream_key,           database.password, mail, *more)
    return [secret for secret in own if secret]


def _forms(secret: str) -> Iterable[str]:
    yield secret
    yield quote(secret, safe="")
    yield quote_plus(secret)
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret)[1:-1].replace("/", "\\/")
    for text in (secret, f":{secret}"):
        yield base64.b64encode(text.encode()).decode().rstrip("=")
    yield base64.urlsafe_b64encode(secret.encode()).decode().rstrip("=")
    if len(secret) >= 24:  # as other servers shorten them
        yield secret[:20]
