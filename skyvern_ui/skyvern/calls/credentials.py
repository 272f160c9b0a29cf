"""Credentials: what they are called. Their values never leave Skyvern, and nothing of them is read here."""

from __future__ import annotations

from ..transport import Transport
from ..values.credential import BrowserProfile, Credential

PAGE = 100


class CredentialCalls(Transport):
    """Names of credentials and of browser profiles, for whoever chooses one."""

    def list_credentials(self, page: int = 1) -> list[Credential]:
        """`GET /v1/credentials` (all releases): id, name and type of a hundred, no value and no user name (api 4.1)."""
        found = self._rows("/v1/credentials", [("page", str(page)), ("page_size", str(PAGE))])
        return [Credential.from_json(each) for each in found]

    def list_browser_profiles(self) -> list[BrowserProfile]:
        """`GET /v1/browser_profiles` (0.2.21): the first hundred (api 4.5)."""
        found = self._rows("/v1/browser_profiles", [("page", "1"), ("page_size", str(PAGE))])
        return [BrowserProfile.from_json(each) for each in found]
