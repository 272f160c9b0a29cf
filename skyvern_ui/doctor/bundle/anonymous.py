"""Taking people out of texts, and, if asked to, hosts: each becomes a number, the same one everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from ...config import Settings

EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
IN_ADDRESS = re.compile(r"(?<=://)(\[[0-9a-fA-F:.]+\]|[^\s/:?#\"'<>@]+)")
IP = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])"
                r"|(?<![\w:])(?:[0-9a-fA-F]{1,4}:){3,7}[0-9a-fA-F:]{1,4}(?!\w)")
OWN = ("localhost", "127.0.0.1", "::1", "[::1]")
SHORTEST = 3


class Anonymous:
    """Replaces the names and addresses of these people, and, with `hosts`, every host but this one."""

    def __init__(self, people: Iterable[tuple[str, str]], hosts: Iterable[str] = (), *,
                 hide_hosts: bool = False) -> None:
        self._numbers: dict[str, str] = {}
        self._people: dict[str, str] = {}
        for number, (name, email) in enumerate(people, 1):
            for text in (name.strip(), email, email.lower()):
                if len(text) >= SHORTEST:
                    self._people.setdefault(text, f"person {number}")
        self._person = _any_of(self._people)
        self._host = _any_of([host for host in hosts if host and host not in OWN], re.I) if hide_hosts else None
        self._hides_hosts = hide_hosts

    def text(self, text: str) -> str:
        """The text without people, and without hosts where that was asked for."""
        if self._person is not None:
            text = self._person.sub(lambda found: self._people[found[0]], text)
        text = EMAIL.sub(lambda found: self._number("somebody", found[0]), text)
        if self._hides_hosts:
            for pattern in (IN_ADDRESS, IP, self._host):
                if pattern is not None:
                    text = pattern.sub(self._as_host, text)
        return text

    def everything(self, value: Any) -> Any:
        """The same in each text of a structure; its names of fields are ours and stay."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {name: self.everything(each) for name, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.everything(each) for each in value]
        return value

    def _as_host(self, found: re.Match[str]) -> str:
        return found[0] if found[0].lower() in OWN or found[0].startswith("host-") else self._number("host", found[0])

    def _number(self, kind: str, text: str) -> str:
        known = self._numbers.setdefault(f"{kind}:{text.lower()}", "")
        if not known:
            count = sum(each.startswith(f"{kind}:") for each in self._numbers)
            self._numbers[f"{kind}:{text.lower()}"] = known = f"{kind}-{count}"
        return known


def hosts_of(settings: Settings, *addresses: str) -> list[str]:
    """The hosts that the settings name."""
    urls = (settings.public_url, settings.skyvern_api_url, settings.skyvern_artifact_url, settings.llm_upstream_url,
            settings.database_url, *addresses)
    found = [urlsplit(url).hostname or "" for url in urls if url]
    found += [settings.mail.host] if settings.mail else []
    return [*found, *settings.artifact_hosts, *settings.notice_hosts, *settings.byok_hosts]


def _any_of(known: Iterable[str], flags: int = 0) -> re.Pattern[str] | None:
    longest_first = sorted(set(known), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", flags) if longest_first else None
