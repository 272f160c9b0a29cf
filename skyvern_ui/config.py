"""Settings from the environment: strict, frozen, secrets hidden from repr.

Each name may also come as NAME_FILE, whose content (without the last line break) is the value: the way Docker
and Kubernetes hand out secrets. A value that cannot be understood stops the start with one sentence; in
production so does an unsafe one. The list with explanations is `.env.example`.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from .mail import MailServer

WEAK_SECRETS = {"changeme", "secret", "dev", "development", "dev-secret-change-in-production", "placeholder"}
DAY = 86_400


class BadSetting(ValueError):
    """A setting that cannot be used. The text is one sentence for the person who starts the server."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the operator decides. Times in seconds."""

    production: bool
    host: str
    port: int
    instance_dir: Path
    database_url: str = field(repr=False)
    secret_keys: tuple[str, ...] = field(repr=False)
    public_url: str | None
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]
    setup_token: str | None = field(repr=False)
    skyvern_api_url: str | None
    skyvern_api_key: str | None = field(repr=False)
    skyvern_artifact_url: str | None
    skyvern_key_paths: tuple[Path, ...]
    artifact_hosts: tuple[str, ...]
    sandbox: bool
    session_seconds: int
    session_idle_seconds: int
    metrics_token: str | None = field(repr=False)
    max_upload_bytes: int
    mail: MailServer | None
    notice_hosts: tuple[str, ...]
    llm_upstream_url: str | None
    llm_upstream_key: str | None = field(repr=False)
    llm_upstream_model: str | None
    llm_seconds: int
    llm_most_tokens: int
    byok_hosts: tuple[str, ...]
    doctor_minutes: int
    export_dir: Path | None
    export_hour: int
    export_git: bool
    export_git_push: bool

    @property
    def secure_cookies(self) -> bool:
        """True when people reach us by https: then cookies are `__Host-` and `Secure`."""
        return bool(self.public_url and self.public_url.startswith("https://"))

    @property
    def sqlite(self) -> bool:
        """True for the embedded database."""
        return self.database_url.startswith("sqlite")

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Reads and checks all settings. Raises BadSetting with one sentence for the first that is wrong."""
        env = _Environment(environ)
        production = env.choice("SKYVERN_UI_ENV", ("production", "development"), "development") == "production"
        instance = Path(env.text("INSTANCE_DIR") or "instance").absolute()
        settings = cls(
            production=production,
            host=env.text("HOST") or "127.0.0.1",
            port=env.number("PORT", 3000, 0, 65_535),
            instance_dir=instance,
            database_url=_database_url(env.text("DATABASE_URL"), instance),
            secret_keys=_secret_keys(env.text("SECRET_KEY"), instance),
            public_url=_origin("PUBLIC_URL", env.text("PUBLIC_URL")),
            trusted_proxies=_networks(env.text("TRUSTED_PROXIES")),
            setup_token=env.text("SETUP_TOKEN"),
            skyvern_api_url=_origin("SKYVERN_API_URL", env.text("SKYVERN_API_URL"), path_allowed=True),
            skyvern_api_key=env.text("SKYVERN_API_KEY"),
            skyvern_artifact_url=_origin("SKYVERN_ARTIFACT_URL", env.text("SKYVERN_ARTIFACT_URL")),
            skyvern_key_paths=tuple(Path(p).expanduser() for p in _list(env.text("SKYVERN_KEY_PATHS"))),
            artifact_hosts=tuple(h.lower() for h in _list(env.text("ARTIFACT_HOSTS"))),
            sandbox=env.flag("SANDBOX", not production),
            session_seconds=env.number("SESSION_DAYS", 30, 1, 365) * DAY,
            session_idle_seconds=env.number("SESSION_IDLE_DAYS", 7, 1, 365) * DAY,
            metrics_token=env.text("METRICS_TOKEN"),
            max_upload_bytes=env.number("MAX_UPLOAD_MB", 32, 1, 4096) * 1024 * 1024,
            mail=_mail(env.text("SMTP_URL"), env.text("MAIL_FROM")),
            notice_hosts=tuple(h.lower() for h in _list(env.text("NOTICE_HOSTS"))),
            llm_upstream_url=_origin("LLM_UPSTREAM_URL", env.text("LLM_UPSTREAM_URL"), path_allowed=True),
            llm_upstream_key=env.text("LLM_UPSTREAM_KEY"),
            llm_upstream_model=env.text("LLM_UPSTREAM_MODEL"),
            llm_seconds=env.number("LLM_SECONDS", 600, 1, 3600),
            llm_most_tokens=env.number("LLM_MOST_TOKENS", 131_072, 1, 10_000_000),
            byok_hosts=tuple(h.lower() for h in _list(env.text("BYOK_HOSTS"))),
            doctor_minutes=env.number("DOCTOR_MINUTES", 3, 0, 10),
            export_dir=_folder("EXPORT_DIR", env.text("EXPORT_DIR")),
            export_hour=env.number("EXPORT_HOUR", 3, 0, 23),
            export_git=env.flag("EXPORT_GIT", False),
            export_git_push=env.flag("EXPORT_GIT_PUSH", False),
        )
        if production:
            settings.refuse_unsafe(explicit_secret=bool(env.text("SECRET_KEY")))
        return settings

    def refuse_unsafe(self, explicit_secret: bool) -> None:
        """Raises BadSetting for the first setting that must not be used in production."""
        if not explicit_secret:
            raise BadSetting("SECRET_KEY must be set in production: every process needs the same one.")
        for key in self.secret_keys:
            if len(key) < 32 or key.lower() in WEAK_SECRETS or len(set(key)) < 10:
                raise BadSetting("SECRET_KEY is too weak: use at least 32 random characters "
                                 "(python -c 'import secrets; print(secrets.token_hex(32))').")
        if self.public_url is None:
            raise BadSetting("PUBLIC_URL must be set in production, for example https://skyvern.example.com.")
        host = urlsplit(self.public_url).hostname or ""
        if not self.secure_cookies and host not in ("localhost", "127.0.0.1", "::1"):
            raise BadSetting("PUBLIC_URL must be https in production: passwords would cross the network in clear.")
        if any(network.prefixlen == 0 for network in self.trusted_proxies):
            raise BadSetting("TRUSTED_PROXIES must not hold 0.0.0.0/0 or ::/0: anybody could forge addresses.")


class _Environment:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ

    def text(self, name: str) -> str | None:
        path = self.environ.get(f"{name}_FILE")
        if path and self.environ.get(name):
            raise BadSetting(f"Set {name} or {name}_FILE, not both.")
        if path:
            try:
                return Path(path).read_text("utf-8").rstrip("\r\n") or None
            except (OSError, UnicodeDecodeError) as error:
                raise BadSetting(f"{name}_FILE cannot be read: {type(error).__name__}.") from error
        return (self.environ.get(name) or "").strip() or None

    def number(self, name: str, default: int, low: int, high: int) -> int:
        text = self.text(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
            raise BadSetting(f"{name} must be a whole number from {low} to {high}.")
        return int(text)

    def flag(self, name: str, default: bool) -> bool:
        text = self.choice(name, ("0", "1", "true", "false", "yes", "no", ""), "")
        return default if text == "" else text in ("1", "true", "yes")

    def choice(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        text = (self.text(name) or default).lower()
        if text not in allowed:
            raise BadSetting(f"{name} must be one of: {', '.join(a for a in allowed if a)}.")
        return text


def _list(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def _folder(name: str, text: str | None) -> Path | None:
    if text is None:
        return None
    path = Path(text).expanduser().absolute()
    if not path.is_dir() or not os.access(path, os.W_OK | os.X_OK):
        raise BadSetting(f"{name} must be a folder that exists and that this server may write into.")
    return path


def _origin(name: str, text: str | None, path_allowed: bool = False) -> str | None:
    if text is None:
        return None
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as error:
        raise BadSetting(f"{name} is not an address like https://host:port.") from error
    clean = text.isascii() and text.isprintable() and " " not in text and "\\" not in text
    plain = not (parts.query or parts.fragment or "@" in parts.netloc or (parts.path.strip("/") and not path_allowed))
    if parts.scheme not in ("http", "https") or not parts.hostname or not plain or not clean:
        raise BadSetting(f"{name} must be http:// or https:// with a host and nothing after it.")
    return text.rstrip("/")


def _mail(url: str | None, sender: str | None) -> MailServer | None:
    if url is None:
        return None
    if sender is None or not re.fullmatch(r"[!-?A-~]+@[!-?A-~]+", sender):
        raise BadSetting("MAIL_FROM must be the address that mail comes from when SMTP_URL is set.")
    try:
        return MailServer.from_url(url, sender)
    except ValueError as error:
        raise BadSetting(f"SMTP_URL cannot be used: {error}.") from error


def _networks(text: str | None) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(part, strict=False) for part in _list(text))
    except ValueError as error:
        raise BadSetting("TRUSTED_PROXIES must be addresses or networks such as 10.0.0.0/8, with commas.") from error


def _database_url(text: str | None, instance: Path) -> str:
    if text is None:
        return f"sqlite:///{instance / 'skyvern-ui.db'}"
    for old in ("postgres://", "postgresql://", "postgresql+psycopg2://"):
        if text.startswith(old):
            return "postgresql+psycopg://" + text.removeprefix(old)
    if text.startswith(("postgresql+psycopg://", "sqlite:///")):
        return text
    raise BadSetting("DATABASE_URL must start with postgresql:// or sqlite:///.")


def _secret_keys(text: str | None, instance: Path) -> tuple[str, ...]:
    """The first key signs and encrypts; later ones (after a comma) still read what older ones wrote."""
    if text is not None:
        return tuple(_list(text))
    path = instance / "secret-key"
    try:
        instance.mkdir(0o700, parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IRUSR | stat.S_IWUSR)
        except FileExistsError:
            pass
        else:
            with os.fdopen(handle, "w") as out:
                out.write(secrets.token_hex(32))
        for _ in range(100):
            if key := path.read_text("ascii").strip():
                return (key,)
    except OSError as error:
        raise BadSetting(f"INSTANCE_DIR cannot hold the generated secret key: {type(error).__name__}.") from error
    raise BadSetting("The secret key file in INSTANCE_DIR is empty: delete it and start again.")
