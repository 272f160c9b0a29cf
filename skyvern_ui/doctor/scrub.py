"""Keeping secrets out of what the doctor shows, stores and packs."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import quote, quote_plus, urlsplit

from ..config import Settings
from ..diagnosis.excerpt import HIDDEN, masked
from .finding import Finding

SHORTEST = 6  # a shorter secret would blank out ordinary words
PIECE = 12  # so many characters of a secret in a row are hidden too: others cut texts, and we do, wherever it falls
LONGEST = 20_000  # characters of one text of a finding
NO_SECRETS = {"ollama", "not-needed", "lm-studio", "no-key-required", "sk-no-key-required"}  # keys of servers without


class Scrub:
    """Replaces what must not be seen: the secrets it is given, in each way they may be written, and what looks like
    one. Made once for an examination."""

    def __init__(self, secrets: Iterable[str]) -> None:
        written = {form for secret in secrets
                   if len(secret) >= SHORTEST and secret.lower() not in NO_SECRETS for form in _forms(secret)}
        short = sorted((form for form in written if SHORTEST <= len(form) < PIECE), key=len, reverse=True)
        self._short = re.compile("|".join(map(re.escape, short))) if short else None  # by case: many are words
        self._pieces = {form.lower()[at:at + PIECE] for form in written for at in range(len(form) - PIECE + 1)}

    def text(self, text: str) -> str:
        """The text without secrets. Takes time by its length only."""
        if self._pieces:
            text = self._without_pieces(text)
        if self._short is not None:
            text = self._short.sub(HIDDEN, text)
        return masked(text)

    def finding(self, found: Finding) -> Finding:
        """The finding without secrets, and without what no page, terminal or database takes as text."""
        return replace(found, title=self._line(found.title), explain=self._line(found.explain),
                       fix=tuple(map(self._line, found.fix)),
                       evidence=tuple((self._line(name), self._line(value)) for name, value in found.evidence))

    def _line(self, text: str) -> str:
        return self.text("".join(each if each.isprintable() or each == "\n" else " " for each in text[:LONGEST]))

    def _without_pieces(self, text: str) -> str:
        small = text.lower()
        if len(small) != len(text):  # a letter whose small form is longer
            small = "".join(each if len(each.lower()) != 1 else each.lower() for each in text)
        kept, shown_from, hidden_to = list[str](), 0, 0
        for at in range(len(small) - PIECE + 1):
            if small[at:at + PIECE] in self._pieces:
                if at > hidden_to or not kept:
                    kept += [text[shown_from:at], HIDDEN]
                shown_from = hidden_to = at + PIECE
        return "".join(kept) + text[shown_from:] if kept else text


def secrets_of(settings: Settings, *more: str) -> list[str]:
    """Everything this server must not show: its own secrets from the environment, and those it is given."""
    database = urlsplit(settings.database_url)
    mail = settings.mail.password if settings.mail else None
    own = (*settings.secret_keys, settings.setup_token, settings.skyvern_api_key, settings.metrics_token,
           settings.llm_upstream_key, database.password, mail, *more)
    return [secret for secret in own if secret]


def _forms(secret: str) -> Iterable[str]:
    yield secret
    yield quote(secret, safe="")
    yield quote_plus(secret)
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret)[1:-1].replace("/", "\\/")
    raw = secret.encode("utf-8", "replace")
    yield raw.hex()
    for before in range(3):  # base64 has three ways, by where in something longer it begins
        length = (len(raw) + before) // 3 * 3
        core = base64.b64encode((b"\0" * before + raw)[:length]).decode()[(before * 8 + 5) // 6:]
        yield core
        yield core.replace("+", "-").replace("/", "_")
    yield base64.b64encode(raw).decode().rstrip("=")
