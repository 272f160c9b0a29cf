"""Credentials and browser profiles, as far as somebody who chooses one must know them."""

from __future__ import annotations

from dataclasses import dataclass

from .reading import Json, read_text

WORDS = {"password": "password", "credit_card": "card", "secret": "secret"}


@dataclass(frozen=True, slots=True)
class Credential:
    """One stored credential: which one it is, and nothing of what it holds."""

    credential_id: str
    name: str
    kind: str

    @property
    def label(self) -> str:
        """Its name and its type, in words."""
        return f"{self.name} ({WORDS.get(self.kind, self.kind)})"

    @classmethod
    def from_json(cls, data: Json) -> Credential:
        """Never raises."""
        credential_id = str(data.get("credential_id") or "")
        return cls(credential_id, read_text(data, "name") or credential_id,
                   read_text(data, "credential_type") or "credential")


@dataclass(frozen=True, slots=True)
class BrowserProfile:
    """The saved state of a browser."""

    profile_id: str
    name: str

    @classmethod
    def from_json(cls, data: Json) -> BrowserProfile:
        """Never raises."""
        profile_id = str(data.get("browser_profile_id") or "")
        return cls(profile_id, read_text(data, "name") or profile_id)
