"""Settings are strict: what cannot be understood, or must not be used, stops the start with one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from skyvern_ui.config import BadSetting, Settings

GOOD = {"SKYVERN_UI_ENV": "production", "SECRET_KEY": "0123456789abcdef" * 3, "PUBLIC_URL": "https://ui.example.com"}


def settings(tmp_path: Path, **more: str) -> Settings:
    return Settings.from_env({"INSTANCE_DIR": str(tmp_path), **more})


def test_nothing_is_needed_on_ones_own_machine(tmp_path: Path) -> None:
    found = settings(tmp_path)
    assert (found.host, found.port, found.sandbox, found.sqlite) == ("127.0.0.1", 3000, True, True)
    assert len(found.secret_keys[0]) == 64
    assert (tmp_path / "secret-key").stat().st_mode & 0o777 == 0o600
    assert settings(tmp_path).secret_keys == found.secret_keys


@pytest.mark.parametrize(("change", "names"), [
    ({"SECRET_KEY": ""}, "SECRET_KEY"), ({"SECRET_KEY": "short"}, "SECRET_KEY"),
    ({"SECRET_KEY": "a" * 64}, "SECRET_KEY"),
    ({"SECRET_KEY": "dev-secret-change-in-production"}, "SECRET_KEY"), ({"PUBLIC_URL": ""}, "PUBLIC_URL"),
    ({"PUBLIC_URL": "http://ui.example.com"}, "https"), ({"TRUSTED_PROXIES": "0.0.0.0/0"}, "TRUSTED_PROXIES"),
    ({"TRUSTED_PROXIES": "::/0"}, "TRUSTED_PROXIES"),
])
def test_production_refuses_what_is_unsafe(tmp_path: Path, change: dict[str, str], names: str) -> None:
    settings(tmp_path, **GOOD)
    with pytest.raises(BadSetting, match=names):
        settings(tmp_path, **{**GOOD, **change})


@pytest.mark.parametrize("change", [
    {"PORT": "x"}, {"PORT": "70000"}, {"PORT": "-1"}, {"PORT": "٣"}, {"PUBLIC_URL": "example.com"},
    {"PUBLIC_URL": "https://u:p@example.com"}, {"PUBLIC_URL": "https://example.com/path"},
    {"PUBLIC_URL": "https://example.com?x"}, {"SKYVERN_API_URL": "file:///etc"}, {"SKYVERN_API_URL": "http://h:99999"},
    {"TRUSTED_PROXIES": "nonsense"}, {"DATABASE_URL": "mysql://x"}, {"SANDBOX": "maybe"}, {"SKYVERN_UI_ENV": "test"},
    {"SESSION_DAYS": "0"}, {"DOCTOR_MINUTES": "11"}, {"DOCTOR_MINUTES": "often"},
    {"SECRET_KEY": "a", "SECRET_KEY_FILE": "/nonexistent"}, {"SETUP_TOKEN_FILE": "/nonexistent"},
])
def test_nonsense_stops_the_start_with_a_sentence(tmp_path: Path, change: dict[str, str]) -> None:
    with pytest.raises(BadSetting) as stopped:
        settings(tmp_path, **change)
    assert str(stopped.value).endswith(".") and "\n" not in str(stopped.value)


def test_secrets_come_from_files_and_stay_out_of_the_repr(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("file-secret-0123456789abcdef-0123456789\n")
    found = settings(tmp_path, SECRET_KEY_FILE=str(tmp_path / "key"), SKYVERN_API_KEY="sk-in-the-environment",
                     SETUP_TOKEN="the-token", METRICS_TOKEN="the-metrics",
                     DATABASE_URL="postgresql://u:database-password@h/d")
    assert found.secret_keys == ("file-secret-0123456789abcdef-0123456789",)
    for secret in ("file-secret", "sk-in-the", "the-token", "the-metrics", "database-password"):
        assert secret not in repr(found)


@pytest.mark.parametrize("url", ["postgres://u@h/d", "postgresql://u@h/d", "postgresql+psycopg2://u@h/d"])
def test_every_spelling_of_postgresql_is_understood(tmp_path: Path, url: str) -> None:
    assert settings(tmp_path, DATABASE_URL=url).database_url == "postgresql+psycopg://u@h/d"


def test_https_makes_cookies_secure(tmp_path: Path) -> None:
    assert settings(tmp_path, **GOOD).secure_cookies
    assert not settings(tmp_path).secure_cookies
