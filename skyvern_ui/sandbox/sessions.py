"""Browser sessions, under /v1."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from skyvern_ui.sandbox.bodies import json_body, the_world, web_address
from skyvern_ui.sandbox.refusals import Refusal, whole_number
from skyvern_ui.sandbox.shapes import moment, shape
from skyvern_ui.sandbox.world import Session, World

blueprint = Blueprint("sessions", __name__)


@blueprint.post("/v1/browser_sessions")
def create_session() -> ResponseReturnValue:
    world = the_world()
    body = json_body() if request.get_data() else {}
    timeout = whole_number(("body", "timeout"), body.get("timeout"), 5, None, 60)
    url = web_address(body.get("url"))
    session = Session(world.new_id("pbs"), min(timeout, 240), world.clock(), url or "about:blank",
                      by_vnc="vnc" in (url or ""))
    world.sessions[session.session_id] = session
    return jsonify(session_document(world, session) | {"stream_transport": None})


@blueprint.get("/v1/browser_sessions")
def list_sessions() -> ResponseReturnValue:
    world = the_world()
    live = [s for s in reversed(world.sessions.values()) if not world.session_is_over(s)]
    return jsonify([session_document(world, s) | {"stream_transport": None} for s in live])


@blueprint.get("/v1/browser_sessions/history")
def list_session_history() -> ResponseReturnValue:
    world, asked = the_world(), request.args
    page = whole_number(("query", "page"), asked.get("page"), 1, None, 1)
    size = whole_number(("query", "page_size"), asked.get("page_size"), 1, 100, 10)
    found = list(reversed(world.sessions.values()))[(page - 1) * size:page * size]
    return jsonify([session_document(world, s) | {"stream_transport": None} for s in found])


@blueprint.get("/v1/browser_sessions/<session_id>")
def show_session(session_id: str) -> ResponseReturnValue:
    return jsonify(session_document(the_world(), _find(session_id)))


@blueprint.post("/v1/browser_sessions/<session_id>/close")
def close_session(session_id: str) -> ResponseReturnValue:
    session = _find(session_id)
    session.closed = session.closed or the_world().clock()
    return jsonify({"message": "Browser session closed"})


def session_document(world: World, session: Session) -> dict[str, Any]:
    now, ends = world.clock(), session.created + session.timeout * 60
    over = session.closed or (ends if now > ends else None)
    status = "completed" if session.closed else "timeout" if over else "running"
    left = None if over else int(ends - now)
    holder = session.runner if session.runner and not session.runner.is_over(now) else None
    return shape("session", browser_session_id=session.session_id, status=status, timeout=session.timeout,
                 organization_id=world.organization_id, created_at=moment(session.created), created_by=world.person,
                 started_at=moment(session.created), completed_at=moment(over), remaining_lifetime_seconds=left,
                 modified_at=moment(over or session.created), runnable_id=holder.run_id if holder else None,
                 runnable_type=("workflow_run" if holder.kind == "workflow_run" else "task") if holder else None,
                 stream_transport="vnc" if session.by_vnc else "cdp", source="managed",
                 app_url=f"http://localhost:8080/browser-session/{session.session_id}",
                 download_path=f"/app/downloads/{world.organization_id}/{session.session_id}")


def _find(session_id: str) -> Session:
    session = the_world().sessions.get(session_id)
    if session is None:
        raise Refusal(404, f"Browser session {session_id} not found")
    return session
