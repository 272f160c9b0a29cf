"""A simulated Skyvern: the same routes, shapes and refusals, with nothing behind them.

It is for first contact and for tests. Everything it shows says "Sandbox - simulated".
"""

from __future__ import annotations

from typing import Any

from flask import Flask, jsonify, request
from flask.json.provider import DefaultJSONProvider
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from skyvern_ui.sandbox import (
    codes,
    content,
    copilot,
    credentials,
    debugging,
    folders,
    healing,
    legacy,
    llms,
    runs,
    schedules,
    scripts,
    seeds,
    server,
    sessions,
    tag_registry,
    tag_routes,
    webhooks,
    workflow_list,
    workflow_runs,
    workflow_tags,
    workflows,
)
from skyvern_ui.sandbox.bodies import the_world
from skyvern_ui.sandbox.refusals import Refusal
from skyvern_ui.sandbox.world import World, random_key

OPEN = {"/api/v1/heartbeat", "/v1/version", "/api/v1/version", "/v1/config/runtime", "/api/v1/config/runtime",
        "/openapi.json", "/api/v1/workflows/templates", "/v1/internal/llms/status", "/api/v1/internal/llms/status"}


def create_sandbox(world: World | None = None, *, seeded: bool = True, runs_besides: int = 0) -> Flask:
    """The simulated server as a Flask app; its sockets are answered by `python -m skyvern_ui.sandbox`."""
    app = Flask(__name__, static_folder=None)
    app.extensions["sandbox"] = world = world or World(random_key())
    app.json = DefaultJSONProvider(app)
    app.json.ensure_ascii = False
    for part in (server, runs, workflows, workflow_runs, sessions, content, legacy, tag_routes, codes,
                 webhooks, copilot, debugging, credentials, llms, folders, tag_registry, workflow_list,
                 workflow_tags, schedules, scripts, healing):
        app.register_blueprint(part.blueprint)
    app.before_request(_check_key)
    app.before_request(schedules.dispatch)
    app.after_request(_mark)
    app.register_error_handler(Refusal, _refuse)
    app.register_error_handler(HTTPException, _refuse_http)
    if seeded:
        seeds.plant(world)
    if runs_besides:
        seeds.crowd(world, runs_besides)
    return app


def _check_key() -> None:
    if request.path in OPEN or request.url_rule is None:
        return
    sent = request.headers.get("x-api-key")
    if sent is None:
        bearer = request.headers.get("authorization", "").lower().startswith("bearer ")
        raise Refusal(403, "Invalid authentication method" if bearer else "Invalid credentials")
    if sent != the_world().key:
        raise Refusal(403, "Could not validate credentials")


def _mark(answer: Any) -> Any:
    answer.headers["x-frame-options"] = "DENY"
    answer.headers["x-content-type-options"] = "nosniff"
    answer.headers.setdefault("content-security-policy", "frame-ancestors 'none'")
    answer.headers["x-sandbox"] = "simulated"
    return answer


def _refuse(refusal: Refusal) -> ResponseReturnValue:
    return jsonify({"detail": refusal.detail}), refusal.status


def _refuse_http(problem: HTTPException) -> ResponseReturnValue:
    words = {404: "Not Found", 405: "Method Not Allowed"}.get(problem.code or 500, problem.name)
    answer = jsonify({"detail": words})
    if isinstance(problem, MethodNotAllowed):
        answer.headers["allow"] = ", ".join(sorted(set(problem.valid_methods or ()) - {"HEAD", "OPTIONS"}))
    return answer, problem.code or 500
