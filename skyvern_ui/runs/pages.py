"""What the templates of a run are given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import request

from ..access import claims_of, skyvern
from ..doctor.scrub import Scrub, secrets_of
from ..request import settings
from ..skyvern.live import frame_path
from ..skyvern.values import Run, run_kind
from . import rules, timeline_rules
from .after_pages import after_face
from .cause_rules import Cause, cause_of
from .code_pages import code
from .diagnostic_pages import diagnostics
from .output_pages import output
from .waiting_pages import wait_face

TABS = (("overview", "Overview"), ("screenshots", "Screenshots"), ("recording", "Recording"), ("output", "Output"),
        ("files", "Files"), ("inputs", "Inputs"), ("code", "Code"), ("diagnostics", "Diagnostics"))
PICTURES = 24


def face(run: Run) -> dict[str, Any]:
    """The header of a run."""
    facts = rules.facts_of(skyvern(), run)
    run = rules.named(run, facts)
    return {"run": run, "facts": facts, "owner": claims_of([run.run_id]).get(run.run_id), "may_cancel": True,
            "cause": _cause(run, facts),
            **wait_face(run), **after_face(run)}


def _cause(run: Run, facts: rules.Facts) -> Cause | None:
    """Why it failed, when it was the model; Skyvern's own words without our secrets."""
    found = cause_of(run, run.categories or facts.categories, facts.step_failures)
    return replace(found, raw=Scrub(secrets_of(settings())).text(found.raw)) if found else None


def content(run: Run, tab: str) -> dict[str, Any]:
    """What a tab shows. A part Skyvern will not give is a sentence in its place, not an error page."""
    shown: dict[str, Callable[[Run], dict[str, Any]]] = {
        "overview": overview, "screenshots": screenshots, "recording": recording, "output": output,
        "files": files, "inputs": inputs, "code": code, "diagnostics": diagnostics,
    }
    return shown[tab](run)


def overview(run: Run) -> dict[str, Any]:
    """The live picture or the recording, and the story."""
    upstream = skyvern()
    artifacts, problem = rules.ask(lambda: rules.artifacts_of(upstream, run), [])
    pictures = rules.screenshots(artifacts)
    path = None if run.is_over else frame_path(upstream.with_inner_run(run))
    return {**films(run, artifacts), "still": pictures[-1].artifact_id if pictures else None, "problem": problem,
            "socket": f"/runs/{run.run_id}/frames" if path else None, **story(run), **output(run, most=60)}


def story(run: Run) -> dict[str, Any]:
    """The timeline, or the piece of it, or what was found in it, that the address asks for."""
    told, problem = rules.ask(lambda: timeline_rules.story(skyvern(), run), ())
    words, key = request.args.get("q", "").strip()[:200], request.args.get("part", "")
    context: dict[str, Any] = {"story_problem": problem, "q": words, "hits": None, "crumbs": (), "entries": len(told)}
    if words:
        found, hits = timeline_rules.search(told, words)
        shown = timeline_rules.cut(found)
        return context | {"hits": hits, "part": timeline_rules.Part("root", None, shown, 0, len(shown))}
    way = timeline_rules.path_to(told, key) if key and key != "root" else ()
    of = way[-1] if way else None
    piece = timeline_rules.part(of.children if of else told, of, start(), is_live=not run.is_over and of is None)
    return context | {"crumbs": way, "part": piece}


def start() -> int | None:
    """Where the piece begins that the address asks for; None without a sensible answer."""
    text = request.args.get("from", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else None


def screenshots(run: Run) -> dict[str, Any]:
    """The gallery, a page of it at a time."""
    artifacts, problem = rules.ask(lambda: rules.artifacts_of(skyvern(), run), [])
    pictures = rules.screenshots(artifacts)
    first = min(start() or 0, max(len(pictures) - 1, 0))
    shown = pictures[first:first + PICTURES]
    labels: dict[str, str] = {}
    if shown and run_kind(run.run_id) != "task":
        told, _ = rules.ask(lambda: timeline_rules.story(skyvern(), run), ())
        labels = timeline_rules.labels_of(told)
    return {"pictures": rules.by_place(shown, labels), "first": first, "total": len(pictures),
            "last": first + len(shown), "problem": problem}


def recording(run: Run) -> dict[str, Any]:
    """The films."""
    artifacts, problem = rules.ask(lambda: rules.artifacts_of(skyvern(), run), [])
    pictures = rules.screenshots(artifacts)
    return {**films(run, artifacts), "problem": problem, "still": pictures[-1].artifact_id if pictures else None}


def films(run: Run, artifacts: Any) -> dict[str, Any]:
    """The recordings that can be played, and whether more are being written."""
    found = rules.recordings(artifacts)
    ready = [film for film in found if not rules.may_be_empty(run, film) or skyvern().has_bytes(film.artifact_id)]
    return {"recordings": ready, "is_recording_due": len(ready) < len(found)}


def files(run: Run) -> dict[str, Any]:
    """What the run downloaded, by block, and what Skyvern kept."""
    artifacts, problem = rules.ask(lambda: rules.artifacts_of(skyvern(), run), [])
    return {"artifacts": artifacts, "problem": problem, "downloads": rules.downloads(run, artifacts)}


def inputs(run: Run) -> dict[str, Any]:
    """What the run and each of its blocks was asked."""
    told, problem = rules.ask(lambda: timeline_rules.story(skyvern(), run), ())
    asked = [e for e in timeline_rules.walk(told) if e.what == "block" and (e.note or e.lines)]
    return {"asked": asked[:100], "asked_total": len(asked), "problem": problem}


def tabs() -> list[tuple[str, str, int | None]]:
    """The parts of a run's page."""
    return [(key, label, None) for key, label in TABS]
