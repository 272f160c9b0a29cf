"""Which release answers, told by its OpenAPI description, and what of ours it cannot do.

No number can be relied on (api 8.1): the heartbeat's header says `development`, `/version` says `unknown` on images
built from the public Dockerfile, `info.version` is constant. What is described is there; what is not may be hidden.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Number = tuple[int, int, int]

FLOORS: tuple[tuple[str, str], ...] = (  # what shows a release, newest first; `#Name` is a schema
    (">1.0.50", "/v1/browser_types"), (">1.0.50", "/v1/browser_sessions/{browser_session_id}/extend"),
    (">1.0.50", "#WebSearchBlockYAML"), ("1.0.48", "/v1/browser_profiles/{profile_id}/usage"),
    ("1.0.47", "/v1/run-tags"), ("1.0.45", "/v1/custom-llms"), ("1.0.44", "/v1/tag-values"),
    ("1.0.42", "#PdfFillBlockYAML"), ("1.0.37", "POST /v1/runs/cancel"), ("1.0.37", "/v1/version"),
    ("1.0.32", "#WhileLoopBlockYAML"), ("1.0.30", "/v1/schedules"), ("1.0.29", "GET /v1/runs"),
    ("1.0.25", "GET /v1/artifacts/{artifact_id}/content"), ("1.0.22", "#WorkflowTriggerBlockYAML"),
    ("1.0.14", "GET /v1/workflows/runs"), ("1.0.13", "GET /v1/workflows/{workflow_permanent_id}"),
    ("1.0.9", "#PrintPageBlockYAML"), ("1.0.6", "/v1/upload_file"), ("1.0.3", "/v1/run/tasks/download_files"),
    ("1.0.2", "#ConditionalBlockYAML"), ("0.2.21", "/v1/folders"), ("0.2.20", "/v1/sdk/run_action"),
    ("0.2.19", "#HumanInteractionBlockYAML"), ("0.2.12", "/v1/runs/{run_id}/timeline"), ("0.2.8", "/v1/scripts"),
    ("0.2.6", "/v1/run/tasks/login"), ("0.2.3", "GET /v1/runs/{run_id}/artifacts"),
)

LACKS: tuple[tuple[str, str], ...] = (  # the first release that can, and what we cannot do without it
    ("0.2.12", "workflows from a description, timelines of runs"), ("0.2.19", "answering runs that wait for a person"),
    ("1.0.25", "screenshots, recordings and files by id; driving a browser by hand"),
    ("1.0.29", "the list of all runs with its filters"), ("1.0.37", "stopping many runs at once, repeating a run, "
                                                         "seeking in recordings"),
    ("1.0.45", "models that are registered without editing files"), ("1.0.47", "tags on runs"),
    ("1.0.48", "showing runs that are paused"),
)
SUPPORTED: Number = (1, 0, 25)
REPAIR: tuple[Number, Number] = ((0, 2, 17), (1, 0, 47))  # `POST /internal/auth/repair` is in these (api 1.3)
LATEST: Number = (1, 0, 51)  # the least that ">1.0.50" can be


@dataclass(frozen=True, slots=True)
class Release:
    """`floor` is the oldest release it can be, `below` the first that it cannot be any more (None for no bound);
    `said` what the server calls itself, if it does."""

    floor: Number | None = None
    below: Number | None = None
    said: str = ""

    @property
    def name(self) -> str:
        """In words, for people."""
        if re.fullmatch(r"\d+\.\d+\.\d+\S{0,20}", self.said):
            return self.said
        if self.floor is None:
            return "unknown"
        return "1.0.51 or newer" if self.floor >= LATEST else f"{_dots(self.floor)} or a little newer"

    @property
    def number(self) -> Number | None:
        """The release for comparisons: what it calls itself, else what its description shows."""
        found = re.match(r"(\d+)\.(\d+)\.(\d+)", self.said)
        return (int(found[1]), int(found[2]), int(found[3])) if found else self.floor

    @property
    def lacks(self) -> tuple[str, ...]:
        """What our pages cannot do with it, feature by feature; nothing when the release is not known."""
        number = self.number
        return tuple(what for since, what in LACKS if number is not None and number < _number(since))

    @property
    def is_supported(self) -> bool:
        """False for a release known to be too old for our pages."""
        return self.number is None or self.number >= SUPPORTED

    @property
    def has_repair(self) -> bool:
        """Whether it still makes a new key when asked to (`POST /internal/auth/repair`). Unknown is no."""
        number = self.number
        return number is not None and REPAIR[0] <= number <= REPAIR[1]


def read_release(openapi: Any, said: str | None = None) -> Release:
    """The release that a description (`GET /openapi.json`) shows. Anything else than one shows nothing."""
    paths = openapi.get("paths") if isinstance(openapi, Mapping) else None
    told = (said or "").strip()[:40]
    if not isinstance(paths, Mapping) or not paths:
        return Release(said=told)
    known = {_plain(str(path)): {str(method).upper() for method in methods} if isinstance(methods, Mapping) else set()
             for path, methods in paths.items()}
    known |= {path.replace("/agents", "/workflows"): methods for path, methods in known.items() if "/agents" in path}
    parts = openapi.get("components")
    schemas = parts.get("schemas") if isinstance(parts, Mapping) else None
    names = set(schemas) if isinstance(schemas, Mapping) else set()
    for release, sign in FLOORS:
        if _shows(sign, known, names):
            return Release(_number(release), said=told)
    return Release((0, 2, 1) if any(path.startswith("/v1/run") for path in known) else None, said=told)


def _shows(sign: str, known: Mapping[str, set[str]], names: set[str]) -> bool:
    if sign.startswith("#"):
        return sign[1:] in names
    method, _, path = sign.rpartition(" ")
    methods = known.get(_plain(path))
    return methods is not None and (not method or method in methods)


def _plain(path: str) -> str:
    """A path in which the names of its parameters do not matter."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def _number(release: str) -> Number:
    if release.startswith(">"):
        return LATEST
    major, minor, patch = (int(part) for part in release.split("."))
    return major, minor, patch


def _dots(number: Number) -> str:
    return ".".join(map(str, number))
