"""What comes after a run: retrying it, starting it again as it was or changed, and which run repeats which."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from ..audit import Actor
from ..database import writing
from ..extensions import db
from ..models.columns import now
from ..models.run_record import RunOrigin
from ..skyvern import errors
from ..skyvern.client import Skyvern
from ..skyvern.values import Run, run_kind
from ..tasks.rules import begin, first_line, is_masked

log = structlog.get_logger("runs")
MOST_IN_CHAIN, MOST_READS = 50, 12
RENAMED = {"webhook_callback_url": "webhook_url", "totp_verification_url": "totp_url",
           "extracted_information_schema": "data_extraction_schema"}
OF_TASKS = ("prompt", "url", "title", "engine", "proxy_location", "data_extraction_schema", "error_code_mapping",
            "max_steps", "webhook_url", "totp_identifier", "totp_url", "browser_session_id", "browser_profile_id",
            "start_fresh_browser", "model", "extra_http_headers", "cdp_connect_headers", "publish_workflow",
            "include_action_history_in_verification", "max_screenshot_scrolls", "browser_address", "run_with",
            "file_ids")
OF_WORKFLOWS = ("workflow_id", "parameters", "title", "proxy_location", "webhook_url", "totp_url", "totp_identifier",
                "browser_session_id", "reuse_browser_session", "browser_profile_id", "start_fresh_browser",
                "max_screenshot_scrolls", "max_elapsed_time_minutes", "extra_http_headers", "cdp_connect_headers",
                "browser_address", "ai_fallback", "run_with", "browser_type", "file_ids")
HEADERS = ("extra_http_headers", "cdp_connect_headers")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run was asked, as it can be asked again. `lost` names the headers whose values Skyvern keeps to
    itself; `closed_session` is the browser it worked in, which is not open any more."""

    body: dict[str, Any]
    lost: tuple[str, ...] = ()
    closed_session: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """One run of a chain: which it is, and how it came from the one before (`""` for the first)."""

    run_id: str
    how: str
    created_at: datetime | None


def asked_of(skyvern: Skyvern, run: Run) -> Asked:
    """Everything that a run was asked, with what only the older routes tell. Raises the errors of Skyvern, except
    that a release without these routes gives what the run itself says."""
    is_workflow = "workflow_id" in run.request
    try:
        more = skyvern.get_asked(run.run_id)
    except (errors.Missing, errors.Rejected):
        more = {}
    known = OF_WORKFLOWS if is_workflow else OF_TASKS
    fuller = {RENAMED.get(key, key): value for key, value in more.items()}
    merged = {key: fuller.get(key) for key in (*HEADERS, *known) if key not in ("title", "workflow_id")}
    merged |= {key: value for key, value in run.request.items() if key in known and value is not None}
    if not is_workflow:
        merged["title"] = run.request.get("title") or more.get("title")
        merged["engine"] = merged.get("engine") or ("skyvern-2.0" if run.kind == "task_v2" else "skyvern-1.0")
    body = {key: value for key, value in merged.items() if value not in (None, "", {}, [])}
    lost = tuple(str(name) for key in HEADERS if is_masked(body.get(key)) for name in body[key])
    body = {key: value for key, value in body.items() if not (key in HEADERS and is_masked(value))}
    return _with_open_browser(skyvern, body, lost)


def _with_open_browser(skyvern: Skyvern, body: dict[str, Any], lost: tuple[str, ...]) -> Asked:
    """Skyvern echoes the browser it gave a run like one that was asked for, and closes it at the end (1.0.56); a
    session and a profile exclude each other."""
    session = body.get("browser_session_id")
    if session is None:
        return Asked(body, lost)
    try:
        is_open = any(each.session_id == session for each in skyvern.list_browser_sessions())
    except (errors.Missing, errors.Rejected):
        is_open = True
    gone = "browser_profile_id" if is_open else "browser_session_id"
    return Asked({key: value for key, value in body.items() if key != gone}, lost, None if is_open else str(session))


def can_retry(run: Run) -> bool:
    """True for a run that is over and that Skyvern, or we, can start once more."""
    return run.is_over and (run_kind(run.run_id) == "workflow_run" or run.can_rerun)


def retry(skyvern: Skyvern, run: Run, actor: Actor) -> Run:
    """The same run once more. A workflow run is retried by Skyvern itself (1.0.37), with its original inputs; a task
    is asked again. Sent once. Raises the errors of Skyvern; `Missing` from a release that cannot."""
    if run_kind(run.run_id) != "workflow_run":
        return start(skyvern, asked_of(skyvern, run).body, run.run_id, "retry", actor)
    return _started(lambda: skyvern.retry_run(run.run_id), run.run_id, "retry", actor, {})


def start(skyvern: Skyvern, body: dict[str, Any], origin_id: str, how: str, actor: Actor) -> Run:
    """What another run was asked, once more or changed. Sent once. Raises the errors of Skyvern."""
    if "workflow_id" in body:
        return _started(lambda: skyvern.run_workflow(body), origin_id, how, actor, {"workflow": body["workflow_id"]})
    body = {**body, "title": body.get("title") or first_line(body.get("prompt"))}
    return _started(lambda: skyvern.run_task(body), origin_id, how, actor, {"url": body.get("url")})


def _started(act: Any, origin_id: str, how: str, actor: Actor, summary: dict[str, Any]) -> Run:
    run = begin(act, actor, "run.retry" if how == "retry" else "run.create", origin=origin_id, how=how, **summary)
    remember(run.run_id, origin_id, how)
    return run


def remember(run_id: str, origin_id: str, how: str) -> None:
    """Notes which run this one repeats. Never raises: the run exists already."""
    dialect: Any = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    try:
        with writing() as session:
            session.execute(dialect.insert(RunOrigin).values(
                run_id=run_id, origin_id=origin_id, how=how, created_at=now(),
            ).on_conflict_do_nothing(index_elements=["run_id"]))
    except SQLAlchemyError as error:
        log.error("origin not written", run=run_id, error=type(error).__name__)
    finally:
        db.session.remove()


def chain_of(run_id: str, retried_from: str | None = None) -> tuple[Link, ...]:
    """All runs that repeat each other, the first one first; empty for a run that stands alone. At most fifty."""
    try:
        found: dict[str, RunOrigin] = {}
        known, fresh = {run_id}, {run_id}
        for _ in range(MOST_READS):
            rows = db.session.scalars(select(RunOrigin).where(
                or_(RunOrigin.run_id.in_(fresh), RunOrigin.origin_id.in_(fresh))).limit(MOST_IN_CHAIN)).all()
            found |= {row.run_id: row for row in rows}
            fresh = {each for row in rows for each in (row.run_id, row.origin_id)} - known
            known |= fresh
            if not fresh or len(known) > MOST_IN_CHAIN:
                break
        links = [Link(row.run_id, row.how, row.created_at) for row in found.values()]
    finally:
        db.session.remove()
    if retried_from and run_id not in found:
        links.append(Link(run_id, "retry", None))
        known.add(retried_from)
    roots = [Link(each, "", None) for each in known - {link.run_id for link in links}]
    links.sort(key=lambda link: (link.created_at is None, link.created_at or 0, link.run_id))
    return (*sorted(roots, key=lambda link: link.run_id), *links) if links else ()
