"""Where artifacts may come from by address, as the settings say."""

from __future__ import annotations

import hashlib

from ..config import Settings
from ..relay.artifact_file import FileServer
from ..relay.origins import Origins


def origins_of(settings: Settings) -> Origins:
    """Storage by its shape, the hosts of ARTIFACT_HOSTS, and the one file server of SKYVERN_ARTIFACT_URL."""
    secret = hashlib.sha256(b"skyvern-ui artifact paths:" + settings.secret_keys[0].encode()).digest()
    files = FileServer(settings.skyvern_artifact_url, secret) if settings.skyvern_artifact_url else None
    return Origins(extra_hosts=settings.artifact_hosts, files=files)
