"""The rules of the house: who imports whom, what is open, what templates hold, how large files are."""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

ROOT = Path(__file__).parent.parent
HOUSE = ROOT / "skyvern_ui"
FILES = sorted(p for p in HOUSE.rglob("*.py") if "vendor" not in p.parts)
TEMPLATES = sorted((HOUSE / "templates").rglob("*.html"))
FEATURES = {p.name for p in HOUSE.iterdir() if (p / "routes.py").exists()} - {"skyvern"}
LONGEST = 250

OPEN_ROUTES = {
    "account.update_theme", "auth.create_login", "auth.create_logout", "auth.create_new_password", "auth.show_login",
    "auth.show_new_password", "auth_api.create_sign_in", "auth_api.create_sign_out", "auth_api.refuse_sign_up",
    "auth_api.show_session", "dashboard.show_root", "doctor.measure_size", "doctor.open_echo_socket",
    "doctor.receive_hook", "doctor.show_drip", "doctor.show_echo", "doctor.show_quiet", "health.show_health",
    "health.show_metrics", "health.show_readiness", "llm.create_completion", "llm.create_embedding",
    "llm.create_image", "llm.create_images", "llm.list_models", "services_api.show_charge", "services_api.show_credits",
    "services_api.show_tier_health",
    "services_api.show_usage", "setup.create_admin", "setup.create_setup", "setup.show_setup", "setup.show_status",
    "shares.show_shared", "shares.show_shared_artifact", "shares.show_shared_run",
}


def imports_of(path: Path) -> Iterator[str]:
    """Absolute names of what a module imports, `from . import x` resolved."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[:len(package) - node.level + 1]) if node.level else ""
            name = ".".join(part for part in (base, node.module) if part)
            yield name
            yield from (f"{name}.{alias.name}" for alias in node.names)


def room(path: Path) -> str:
    """skyvern, relay, models, rules, routes, forms or other."""
    parts = path.relative_to(HOUSE).parts
    if parts[0] in ("skyvern", "relay", "models", "sandbox"):
        return parts[0]
    for name in ("rules", "routes", "forms"):
        if path.stem == name or path.stem.endswith(f"_{name}"):
            return name
    return "other"


FORBIDDEN = {
    "skyvern": ("flask", "sqlalchemy", "skyvern_ui.models", "skyvern_ui.relay", "skyvern_ui.extensions"),
    "relay": ("flask", "sqlalchemy", "jinja2", "skyvern_ui.models", "skyvern_ui.extensions", "skyvern_ui.audit"),
    "rules": ("flask", "werkzeug", "skyvern_ui.request", "skyvern_ui.htmx", "skyvern_ui.access", "skyvern_ui.guard"),
    "models": ("flask.", "werkzeug", "skyvern_ui.request", "skyvern_ui.access"),
    "sandbox": ("sqlalchemy", "skyvern_ui.models", "skyvern_ui.access", "skyvern_ui.auth"),
}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(HOUSE)))
def test_rooms_import_only_what_they_may(path: Path) -> None:
    for name in imports_of(path):
        for closed in FORBIDDEN.get(room(path), ()):
            assert not (name == closed.rstrip(".") or name.startswith(closed.rstrip(".") + ".")), \
                f"{room(path)} must not import {name}"
        feature = re.match(r"skyvern_ui\.(\w+)\.(?:\w+\.)*(\w*routes)\b", name)
        mine = path.relative_to(HOUSE).parts[0]
        if feature and feature.group(1) in FEATURES and feature.group(1) != mine:
            assert path.name == "shell.py", f"{path.name} imports another feature's routes: {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(HOUSE)))
def test_files_stay_small_and_named_by_a_noun(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= LONGEST
    assert path.stem not in ("utils", "helpers", "manager", "service", "common", "misc")


def test_create_app_is_a_table_of_contents() -> None:
    assert len((HOUSE / "__init__.py").read_text("utf-8").splitlines()) < 70


def test_the_open_routes_are_these_and_each_says_why(empty_app: Flask) -> None:
    found = {name for name, view in empty_app.view_functions.items() if getattr(view, "is_public", False)}
    assert found == OPEN_ROUTES
    for path in FILES:
        for line in path.read_text("utf-8").splitlines():
            if re.fullmatch(r"@(public|anonymous)\b.*", line):
                assert "#" in line, f"{path.name}: an open route without a reason"


def test_every_feature_has_one_name(empty_app: Flask) -> None:
    for feature in FEATURES:
        assert feature in empty_app.blueprints, feature


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(HOUSE / "templates")))
def test_templates_keep_to_the_style(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.startswith("{# needs: "), "the first line says what a template needs"
    assert "|safe" not in text.replace(" ", "") and "Markup(" not in text
    assert not re.search(r"\bstyle=|\son\w+=|hx-on|javascript:", text)
    for script in re.findall(r"<script[^>]*>", text):
        assert 'nonce="{{ csp_nonce }}"' in script
    assert not re.search(r'(?:href|src|action|hx-get|hx-post)="(?:https?:)?//', text)


def test_no_route_answers_get_with_a_write(empty_app: Flask) -> None:
    for rule in empty_app.url_map.iter_rules():
        name = rule.endpoint.split(".")[-1]
        if name.startswith(("create_", "update_", "delete_")):
            assert "GET" not in (rule.methods or set()), rule


def test_vendored_files_are_what_the_manifest_says() -> None:
    vendor = HOUSE / "static" / "vendor"
    manifest = json.loads((vendor / "manifest.json").read_text())
    listed = manifest.get("files", manifest)
    assert listed
    for name, entry in listed.items():
        path = vendor / name if (vendor / name).exists() else HOUSE / "static" / name
        assert hashlib.sha256(path.read_bytes()).hexdigest() == entry["sha256"], name
        assert entry["licence"]


def test_nothing_names_another_host() -> None:
    """No CDN, no telemetry, no web font: the only addresses in what we send are examples and standards."""
    allowed = re.compile(r"(?:www\.w3\.org|example\.(?:com|org)|localhost|127\.0\.0\.1|shop\.example\.com|skyvern)")
    for path in [*(HOUSE / "static").rglob("*.css"), *(HOUSE / "static" / "js").rglob("*.js")]:
        if "vendor" in path.parts:
            continue
        for host in re.findall(r"https?://([\w.-]+)", path.read_text("utf-8")):
            assert allowed.fullmatch(host) or host.endswith((".example.com", ".example")), f"{path.name}: {host}"
