"""What surrounds every page: the features, the navigation, the theme and what templates may use."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Flask, request
from jinja2 import StrictUndefined
from sqlalchemy.exc import SQLAlchemyError

from . import access
from .account.browser_names import browser_name
from .config import Settings
from .doctor.history.banner import banner, known_trouble
from .extensions import db
from .notices.rules import wants_browser_news
from .presses import press
from .request import me
from .services.alerts.banner import banner as low_banner
from .skyvern.errors import SkyvernError

MIGRATIONS = Path(__file__).parent.parent / "migrations"
THEMES = ("system", "light", "dark")
COUNTS = {"/inbox": "/inbox/count"}  # asked for by the page itself, so that no page waits for Skyvern
LOOPBACK = ("localhost", "127.0.0.1")  # health checks of the container itself; links never take their host from here


def flask_config(settings: Settings) -> dict[str, Any]:
    """Flask's own settings."""
    host = urlsplit(settings.public_url).hostname if settings.public_url else None
    prefix = "__Host-" if settings.secure_cookies else ""
    return {
        "SECRET_KEY": settings.secret_keys[0],
        "SECRET_KEY_FALLBACKS": list(settings.secret_keys[1:]),
        "TRUSTED_HOSTS": [host, *LOOPBACK] if host else None,
        "MAX_CONTENT_LENGTH": 11 * 1024 * 1024,
        "MAX_FORM_PARTS": 200,
        "MAX_FORM_MEMORY_SIZE": 500_000,
        "SESSION_COOKIE_NAME": f"{prefix}skyvern_ui_form",
        "SESSION_COOKIE_SECURE": settings.secure_cookies,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": False,
        "PROPAGATE_EXCEPTIONS": False,
        "PREFERRED_URL_SCHEME": "https" if settings.secure_cookies else "http",
    }


def register(app: Flask) -> None:
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters["browser_name"] = browser_name
    app.jinja_env.filters["query_string"] = lambda pairs: urlencode(list(pairs.items(multi=True)))
    app.jinja_env.globals["press"] = press
    app.context_processor(lambda: {"me": me(), "nav": nav(), "theme": theme(), "connection": ConnectionFace(),
                                   "wants_news": wants_news, "doctor_banner": banner,
                                   "known_trouble": known_trouble, "low_banner": low_banner})


def register_features(app: Flask) -> None:
    """Binds the features: each a folder, a blueprint and a place in the address."""
    from .account.routes import bp as account
    from .artifacts.routes import bp as artifacts
    from .audit.routes import bp as audit
    from .auth.api_routes import bp as auth_api
    from .auth.routes import bp as auth
    from .dashboard.routes import bp as dashboard
    from .doctor.every_route import bp as doctor
    from .health import bp as health
    from .inbox.routes import bp as inbox
    from .llm.gateway.routes import bp as llm
    from .notices.routes import bp as notices
    from .palette.routes import bp as palette
    from .proxy.routes import bp as proxy
    from .runs.every_route import bp as runs
    from .schedules.every_route import bp as schedules
    from .services.api_routes import bp as services_api
    from .services.every_route import bp as services
    from .settings.every_route import bp as settings
    from .setup.routes import bp as setup
    from .shares.routes import bp as shares
    from .tasks.routes import bp as tasks
    from .users.api_routes import bp as users_api
    from .users.routes import bp as users
    from .workflows.every_route import bp as workflows

    for bp in (account, artifacts, audit, auth, auth_api, dashboard, doctor, health, inbox, llm, notices, palette,
               proxy, runs, schedules, services, services_api, settings, setup, shares, tasks, users, users_api,
               workflows):
        app.register_blueprint(bp)


def theme() -> str:
    chosen = request.cookies.get("theme", "system")
    return chosen if chosen in THEMES else "system"


def nav() -> list[dict[str, Any]]:
    """The navigation as this person sees it."""
    person = me()
    if person is None:
        return []
    groups = [
        (None, [("Dashboard", "/dashboard", "layout-dashboard"), ("New task", "/tasks", "square-pen")]),
        ("Automation", [("Inbox", "/inbox", "inbox"), ("Workflows", "/workflows", "workflow"),
                        ("Runs", "/runs", "play"), ("Schedules", "/schedules", "calendar-clock")]),
    ]
    if person.is_admin:
        groups.append(("Administration", [
            ("People", "/settings/users", "users"), ("Services", "/settings/services", "blocks"),
            ("Audit", "/settings/audit", "scroll-text"),
            ("Doctor", "/doctor", "stethoscope"), ("Models", "/settings/llms", "bot"),
            ("Settings", "/settings", "settings"),
        ]))
    return [
        {"label": label, "items": [
            {"label": text, "href": href, "icon": icon, "current": _is_current(href), "count": None,
             "poll": COUNTS.get(href)}
            for text, href, icon in items
        ]}
        for label, items in groups
    ]


def wants_news() -> bool:
    """Whether this person's pages should ask for news. For whole pages only: one read of our own database."""
    person = me()
    try:
        return person is not None and wants_browser_news(person.id)
    except SQLAlchemyError:
        return False  # the page that says so must stand
    finally:
        db.session.remove()


def _is_current(href: str) -> bool:
    path = request.path
    return path == href or (href != "/settings" and path.startswith(href + "/"))


class ConnectionFace:
    """What the shell shows of the connection. It asks Skyvern nothing: it only says whether there is one."""

    def __init__(self) -> None:
        self.label, self.state, self.sentence, self.is_sandbox = "Skyvern", "none", "", False
        if me() is None:
            return
        try:
            connection = access.connection()
        except SkyvernError as error:
            self.sentence = error.sentence
            return
        self.state, self.label, self.is_sandbox = "ok", connection.label, connection.is_sandbox
