"""This server itself: its settings, its files and its database."""

from __future__ import annotations

import os

from ...skyvern.connection import clean_key
from ..check import Check, Patient
from ..deploy.rules import at_home, is_exposed, setting_findings
from ..finding import Finding, ok
from .gathered import gathered
from .own_database import look_at_database
from .own_files import file_findings


def look_at_settings(patient: Patient) -> Finding:
    """Settings that are unsafe or contradict each other, by the measure of who can reach this server."""
    settings = patient.settings
    troubles = setting_findings(settings, os.environ)
    if not is_exposed(settings):
        troubles = [each for found in troubles if (each := at_home(found)) is not None]
    fine = ok("own-settings", "own", "The settings are sound",
              ("Mode", "production" if settings.production else "development"),
              ("PUBLIC_URL", settings.public_url or "not set"),
              ("Database", "SQLite" if settings.sqlite else "PostgreSQL"))
    return gathered(fine, [*troubles, *shadowed(patient)])


def shadowed(patient: Patient) -> list[Finding]:
    """A connection in the environment that is not the one in use: who changes it there wonders why nothing happens."""
    settings, used = patient.settings, patient.connection
    if used is None or used.is_sandbox:
        return []
    names = [name for name, differs in (
        ("SKYVERN_API_KEY", settings.skyvern_api_key and clean_key(settings.skyvern_api_key) != used.key),
        ("SKYVERN_API_URL", settings.skyvern_api_url and settings.skyvern_api_url.rstrip("/") != used.url.rstrip("/")),
    ) if differs]
    if not names:
        return []
    return [Finding("own-settings", "own", "warn", "setting_shadowed", f"{' and '.join(names)} is not what is used",
                    "What was saved in the settings goes before the environment, so a change there has no effect.",
                    (f"Change the connection in /settings, or remove {' and '.join(names)} from the environment.",),
                    mend="/settings")]


def look_at_files(patient: Patient) -> Finding:
    """Who else on this machine may read our secret and our database, or write beside them."""
    settings = patient.settings
    troubles = file_findings(settings, os.environ)
    return gathered(ok("own-files", "own", "Nobody else may touch our files",
                       ("INSTANCE_DIR", settings.instance_dir.name)), troubles)


CHECKS: tuple[Check, ...] = (
    Check("own-settings", "own", "Our settings", look_at_settings, seconds=3.0),
    Check("own-files", "own", "Our files", look_at_files, seconds=3.0),
    Check("own-database", "own", "Our database", look_at_database, seconds=12.0),
)
