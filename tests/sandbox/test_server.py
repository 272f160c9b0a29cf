"""Bytes, events and routes of the sandbox."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest

from skyvern_ui.sandbox import create_sandbox
from skyvern_ui.sandbox.artifacts import PICTURES, picture
from skyvern_ui.sandbox.world import World
from tests.sandbox_server import Sandbox

ROUTES = json.loads((Path(__file__).parents[1] / "real" / "routes-1.0.56.json").read_text())


def wait_for_artifact(sandbox: Sandbox, kind: str) -> str:
    wish = {"prompt": "Order a lamp", "url": "http://shop.test/"}
    run = sandbox.call("POST", "/v1/run/tasks", json=wish).json()["run_id"]
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for artifact in sandbox.call("GET", f"/v1/runs/{run}/artifacts?artifact_type={kind}").json():
            return str(artifact["artifact_id"])
    raise AssertionError(f"no {kind} came")


@pytest.mark.parametrize(("asked", "status", "told"), [
    ("bytes=0-9", 206, "bytes 0-9/{size}"), ("bytes=-5", 206, "bytes {tail}-{last}/{size}"),
    ("bytes=10-", 206, "bytes 10-{last}/{size}"), ("bytes=99999999-", 416, "bytes */{size}"),
    ("bytes=0-1,4-5", 200, None), ("lines=1-2", 200, None),
])
def test_ranges_of_a_recording(sandbox: Sandbox, asked: str, status: int, told: str | None) -> None:
    path = f"/v1/artifacts/{wait_for_artifact(sandbox, 'recording')}/content"
    whole = sandbox.call("GET", path)
    part = sandbox.call("GET", path, headers={"range": asked})
    size = len(whole.content)
    assert whole.headers["content-type"] == "video/webm" and size > 10_000
    assert part.status_code == status
    wanted = told and told.format(size=size, last=size - 1, tail=size - 5)
    assert part.headers.get("content-range") == wanted
    if wanted and (bounds := re.match(r"bytes (\d+)-(\d+)/", wanted)):
        assert part.content == whole.content[int(bounds[1]):int(bounds[2]) + 1]


def test_events_arrive_one_by_one(sandbox: Sandbox) -> None:
    wish = {"workflow_permanent_id": "w", "workflow_id": "w", "message": "hello", "workflow_yaml": ""}
    with sandbox.call("POST", "/v1/workflow/copilot/chat-post", json=wish, stream=True) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        arrivals = []
        for line in answer.iter_lines(chunk_size=1):
            if line:
                arrivals.append((time.monotonic(), json.loads(line.removeprefix(b"data: "))["type"]))
    assert [kind for _, kind in arrivals] == ["processing_update"] * 3 + ["response"]
    assert arrivals[-1][0] - arrivals[0][0] > 0.5


def test_every_route_of_the_sandbox_is_one_of_skyverns() -> None:
    real = {(method, re.sub(r"\{[^}]+\}", "{}", path)) for method, path in ROUTES}
    for rule in create_sandbox(World("key")).url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            assert (method, re.sub(r"<[^>]+>", "{}", rule.rule)) in real


def test_pictures_are_small_and_of_the_kind_their_name_says() -> None:
    for number in range(1, 9):
        assert picture(number, "jpg").startswith(b"\xff\xd8\xff") and len(picture(number, "jpg")) < 25_600
        assert picture(number, "png").startswith(b"\x89PNG") and len(picture(number, "png")) < 25_600
    assert (PICTURES / "recording.webm").stat().st_size < 150_000
    assert "Sandbox - simulated" in (PICTURES / "shop.html").read_text()


def test_a_key_is_needed_but_for_the_probes(sandbox: Sandbox) -> None:
    client = create_sandbox(World("key")).test_client()
    for path in ("/api/v1/heartbeat", "/v1/version", "/v1/config/runtime", "/openapi.json"):
        assert client.get(path).status_code == 200
    for method, path in ROUTES:
        if method == "GET" and "{" not in path and path.startswith("/v1/runs"):
            assert client.get(path).status_code in (403, 404)
    assert client.get("/v1/runs").get_json() == {"detail": "Invalid credentials"}
